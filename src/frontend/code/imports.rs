//! What a file imports, and whether any of it could sign a request.

use std::sync::LazyLock;

use regex::{Regex, RegexBuilder};

/// A pattern of ASCII; all of them are constants that are tested.
pub(super) fn pattern(pattern: &str) -> Option<Regex> {
    RegexBuilder::new(pattern)
        .unicode(false)
        .multi_line(true)
        .build()
        .ok()
}

/// Words of libraries, and of code of one's own, that sign requests. In lower case.
const SIGNERS: [&str; 14] = [
    "aws4",
    "sigv4",
    "signaturev4",
    "signature-v4",
    "aws_requests_auth",
    "aws-requests-auth",
    "aws_request_signer",
    "signers.v4",
    "aws-sigv4",
    "botocore.auth",
    "botocore.awsrequest",
    "aws-amplify",
    "awssigv4",
    "aws-api-gateway-client",
];

/// Modules of JavaScript that send requests, or have nothing to do with them, and sign none.
const PLAIN_NODE: [&str; 27] = [
    "http",
    "https",
    "url",
    "querystring",
    "util",
    "fs",
    "fs/promises",
    "path",
    "crypto",
    "os",
    "assert",
    "events",
    "stream",
    "buffer",
    "axios",
    "node-fetch",
    "got",
    "undici",
    "superagent",
    "request",
    "needle",
    "cross-fetch",
    "lodash",
    "uuid",
    "dayjs",
    "moment",
    "zod",
];

/// The same for Python; of a dotted name the first part counts.
const PLAIN_PYTHON: [&str; 27] = [
    "json",
    "os",
    "urllib",
    "urllib3",
    "requests",
    "http",
    "httpx",
    "logging",
    "datetime",
    "time",
    "uuid",
    "re",
    "typing",
    "base64",
    "hashlib",
    "math",
    "random",
    "collections",
    "dataclasses",
    "functools",
    "itertools",
    "traceback",
    "sys",
    "boto3",
    "decimal",
    "string",
    "__future__",
];

/// Words of sending a request.
const SENDING_NODE: [&str; 9] = [
    "fetch(",
    "axios",
    "got(",
    "undici",
    "https.request",
    "http.request",
    "https.get",
    "needle",
    "superagent",
];
const SENDING_PYTHON: [&str; 5] = ["requests.", "urlopen", "httpx.", "urllib3", "http.client"];

static NODE: LazyLock<Option<Regex>> = LazyLock::new(|| {
    pattern(r#"(?:require\(|from|import|import\()[ \t]*["']([A-Za-z0-9@/._:-]+)["']"#)
});
static PYTHON: LazyLock<Option<Regex>> = LazyLock::new(|| {
    pattern(r"^[ \t]*(?:from[ \t]+([A-Za-z0-9_.]+)[ \t]+import|import[ \t]+([A-Za-z0-9_., \t]+))")
});

/// Where the first word of a signer stands.
pub(super) fn signer(text: &str) -> Option<(usize, usize)> {
    let lower = text.to_ascii_lowercase();
    let places = SIGNERS
        .iter()
        .filter_map(|word| lower.find(word).map(|at| (at, at + word.len())));
    places.min()
}

/// Whether the code sends requests, and imports nothing that could sign them.
pub(super) fn only_plain(text: &str, python: bool) -> bool {
    let sending: &[&str] = if python {
        &SENDING_PYTHON
    } else {
        &SENDING_NODE
    };
    if !sending.iter().any(|word| text.contains(word)) {
        return false;
    }
    if python {
        let Some(imports) = PYTHON.as_ref() else {
            return false;
        };
        return imports.captures_iter(text).all(|found| {
            let one = found.get(1).or_else(|| found.get(2));
            let names = one.map_or("", |names| names.as_str()).split(',');
            names.map(module).all(|name| PLAIN_PYTHON.contains(&name))
        });
    }
    let Some(imports) = NODE.as_ref() else {
        return false;
    };
    imports.captures_iter(text).all(|found| {
        let name = found.get(1).map_or("", |name| name.as_str());
        PLAIN_NODE.contains(&name.strip_prefix("node:").unwrap_or(name))
    })
}

/// `urllib` of ` urllib.request as r`.
fn module(name: &str) -> &str {
    let first = name.split_whitespace().next().unwrap_or_default();
    first.split('.').next().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_pattern_is_one() {
        assert!(NODE.is_some() && PYTHON.is_some());
    }

    #[test]
    fn what_could_sign_leaves_doubt() {
        let node = |text: &str| only_plain(text, false);
        assert!(node(
            "const axios = require('axios'); import { URL } from 'node:url'\naxios.get(u)"
        ));
        assert!(!node("const call = require('./client'); fetch(u)"));
        assert!(!node("import client from '@acme/client'\nfetch(u)"));
        assert!(!node("exports.handler = async () => ({})"));
        let python = |text: &str| only_plain(text, true);
        assert!(python(
            "import os, requests\nfrom urllib.parse import quote\nrequests.get(u)"
        ));
        assert!(!python(
            "import requests\nfrom .signing import sign\nrequests.get(u)"
        ));
        assert!(!python("import requests, acme\nrequests.get(u)"));
    }

    #[test]
    fn signers_are_known_by_their_words() {
        assert!(signer("import { SignatureV4 } from '@smithy/signature-v4'").is_some());
        assert!(signer("const aws4 = require('aws4')").is_some());
        assert!(signer("from requests_aws4auth import AWS4Auth").is_some());
        assert!(signer("from botocore.auth import SigV4Auth").is_some());
        assert_eq!(signer("fetch(u)"), None);
    }
}
