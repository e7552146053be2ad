//! One model, many forms: plans, what came of them, and findings, as text, Markdown, JSON, JUnit, SARIF and HTML.
//!
//! Everything here is a pure function from a model to a text. Whatever came from a file or a tenant is made harmless
//! first: no control character reaches a terminal, no markup reaches a comment or a page.

pub mod apply_report;
mod columns;
mod html;
mod markdown;
pub mod plan_html;
pub mod plan_json;
pub mod plan_markdown;
pub mod plan_text;
mod reported;
pub mod verification_html;
pub mod verification_json;
pub mod verification_junit;
pub mod verification_markdown;
pub mod verification_sarif;
pub mod verification_text;
pub mod words;
mod xml;

pub use apply_report::apply_text;
pub use columns::columns;
pub use plan_html::plan_html;
pub use plan_json::plan_json;
pub use plan_markdown::plan_markdown;
pub use plan_text::plan_text;
pub use reported::{Reported, counted};
pub use verification_html::{HtmlError, verification_html};
pub use verification_json::verification_json;
pub use verification_junit::verification_junit;
pub use verification_markdown::verification_markdown;
pub use verification_sarif::verification_sarif;
pub use verification_text::{unknown_text, verification_text};
pub use words::summary_line;

#[cfg(test)]
mod plan_tests;
