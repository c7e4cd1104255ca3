//! `[[public]]` and `[[ignore]]`: decisions with a reason and a last day.

use std::ops::Range;

use jiff::civil::Date;
use toml::value::Datetime;

use super::Reader;
use super::file::{Declared, File, Ignored, OneOrMany};
use crate::glob::Glob;
use crate::source::Str;
use crate::suppress::{Reach, Subject, Waiver, What};

/// A decision as it is written.
struct Entry<'a> {
    files: Option<&'a OneOrMany>,
    subjects: Option<&'a OneOrMany>,
    reason: &'a str,
    expires: Option<&'a Datetime>,
    at: Range<usize>,
}

impl Reader<'_> {
    /// All of them, those for several rules as several.
    pub(super) fn waivers(&mut self, file: &File) -> Vec<Waiver> {
        let mut waivers = Vec::new();
        for declared in &file.public {
            let entry = Entry::declared(declared.get_ref(), declared.span());
            if entry.reason.is_empty() {
                let what = "an endpoint that is declared public needs a reason";
                self.complaints.say(entry.at.clone(), what);
            }
            waivers.extend(self.waiver(What::Public, &entry));
        }
        let required = file.require_reasons == Some(true);
        for ignored in &file.ignore {
            let entry = Entry::ignored(ignored.get_ref(), ignored.span());
            if required && entry.reason.is_empty() {
                let what = "this says not why, and `require-reasons` asks for it";
                self.complaints.say(entry.at.clone(), what);
            }
            for rule in ignored.get_ref().rule.all() {
                if self.is_known(rule, &entry.at) {
                    waivers.extend(self.waiver(What::Rule(Str::from(rule.as_str())), &entry));
                }
            }
        }
        waivers
    }

    fn is_known(&mut self, rule: &str, at: &Range<usize>) -> bool {
        let spanned = toml::Spanned::new(at.clone(), rule.to_owned());
        self.is_rule(&spanned)
    }

    fn waiver(&mut self, what: What, entry: &Entry<'_>) -> Option<Waiver> {
        let folder = self.folder;
        let of_files = |text: &str| Glob::of_files(folder, text);
        let files = self.each(entry.files, &entry.at, "file", of_files);
        let subjects = self.each(entry.subjects, &entry.at, "pattern", Subject::new);
        let expires = match entry.expires.map(date) {
            None => None,
            Some(Some(day)) => Some(day),
            Some(None) => {
                let what = "`expires` is a day: `2027-01-31`";
                self.complaints.say(entry.at.clone(), what);
                None
            }
        };
        Some(Waiver {
            what,
            reach: Reach::Named {
                files: files?,
                subjects: subjects?,
            },
            reason: entry.reason.to_owned(),
            expires,
            at: self.complaints.span(entry.at.clone()),
        })
    }

    /// Every text of a list, read; `None` after a mistake. An empty list would mean everything, which nobody wrote.
    fn each<T>(
        &mut self,
        texts: Option<&OneOrMany>,
        at: &Range<usize>,
        noun: &str,
        read: impl Fn(&str) -> Result<T, String>,
    ) -> Option<Vec<T>> {
        let Some(texts) = texts else {
            return Some(Vec::new());
        };
        let mut all = Vec::new();
        for text in texts.all() {
            match read(text) {
                Ok(one) => all.push(one),
                Err(what) => {
                    let text = super::complaint::short(text);
                    let what = format!("the {noun} `{text}` {what}");
                    self.complaints.say(at.clone(), &what);
                    return None;
                }
            }
        }
        if all.is_empty() {
            let what = format!("an empty list of {noun}s fits nothing");
            self.complaints.say(at.clone(), &what);
            return None;
        }
        Some(all)
    }
}

impl<'a> Entry<'a> {
    fn declared(written: &'a Declared, at: Range<usize>) -> Self {
        Self {
            files: written.files.as_ref(),
            subjects: Some(&written.endpoint),
            reason: written.reason.trim(),
            expires: written.expires.as_ref(),
            at,
        }
    }

    fn ignored(written: &'a Ignored, at: Range<usize>) -> Self {
        Self {
            files: written.files.as_ref(),
            subjects: written.subject.as_ref(),
            reason: written.reason.trim(),
            expires: written.expires.as_ref(),
            at,
        }
    }
}

/// The day of a TOML date; a time of the day says too much.
fn date(written: &Datetime) -> Option<Date> {
    let day = written.date.filter(|_| written.time.is_none())?;
    let year = i16::try_from(day.year).ok()?;
    Date::new(
        year,
        i8::try_from(day.month).ok()?,
        i8::try_from(day.day).ok()?,
    )
    .ok()
}
