//! CSV: one row an endpoint.

use super::Row;
use crate::report::View;
use crate::report::csv::row;

const HEAD: &str = "file,format,stage,api,protocol,method,path,authorization,authorizer,scopes,api_key_required,function,cors_preflight,exposure,when,line,column";

/// A row of names, then the rows.
pub fn render(view: &View<'_>) -> String {
    let mut out = String::from(HEAD) + "\n";
    for (stack, rows) in super::stacks(view) {
        for endpoint in &rows {
            let stage = stack.stage.as_deref().unwrap_or_default();
            out += &line(&stack.file, stack.format.word(), stage, endpoint);
        }
    }
    out
}

fn line(file: &str, format: &str, stage: &str, endpoint: &Row) -> String {
    let key = endpoint
        .api_key_required
        .map_or("unknown".to_owned(), |key| key.to_string());
    row(&[
        file,
        format,
        stage,
        endpoint.api.as_deref().unwrap_or_default(),
        endpoint.protocol,
        endpoint.method.as_deref().unwrap_or_default(),
        &endpoint.path,
        endpoint.authorization,
        endpoint.authorizer.as_deref().unwrap_or_default(),
        &endpoint.scopes.join(" "),
        &key,
        endpoint.function.as_deref().unwrap_or_default(),
        &endpoint.cors_preflight.to_string(),
        endpoint.exposure,
        endpoint.when.as_deref().unwrap_or_default(),
        &endpoint.location.line.to_string(),
        &endpoint.location.column.to_string(),
    ])
}
