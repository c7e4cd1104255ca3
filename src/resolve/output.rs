//! Outputs of other stacks, as front ends name them in the reason why a value is unknown.
//!
//! A reason is for people and says what the deployment will look up; that it can be read back lets whoever sees all stacks
//! of a run look it up now. Names that could be mistaken are no output.

use std::fmt;

use crate::source::Str;

/// An output of another stack.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Output {
    /// Whose it is.
    pub of: Owner,
    /// Its key.
    pub name: Str,
}

/// How the other stack is named.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Owner {
    /// By the file that describes it, relative to the root.
    File(Str),
    /// By the name that it is deployed under.
    Stack(Str),
}

impl Output {
    /// The output that a reason names.
    pub fn read(reason: &str) -> Option<Self> {
        let (name, of) = reason.strip_prefix("output `")?.split_once("` of ")?;
        let quoted = |text: &str| {
            let text = text.strip_prefix('`')?.strip_suffix('`')?;
            (!text.is_empty() && !text.contains('`')).then(|| Str::from(text))
        };
        let of = match of.strip_prefix("stack ") {
            Some(stack) => Owner::Stack(quoted(stack)?),
            None => Owner::File(quoted(of)?),
        };
        let name = Str::from(name);
        Some(Self { of, name })
    }
}

impl fmt::Display for Output {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.of {
            Owner::File(file) => write!(f, "output `{}` of `{file}`", self.name),
            Owner::Stack(stack) => write!(f, "output `{}` of stack `{stack}`", self.name),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_reason_can_be_read_back() {
        for of in [
            Owner::File("api/serverless.yml".into()),
            Owner::Stack("shop-dev".into()),
        ] {
            let name = "Url".into();
            let output = Output { of, name };
            assert_eq!(Output::read(&output.to_string()), Some(output));
        }
        assert_eq!(Output::read("`${ssm:/x}`"), None);
        assert_eq!(Output::read("output `a` of stack `b` of `c`"), None);
    }
}
