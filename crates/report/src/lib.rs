//! One model, many forms: plans, what came of them, and findings, as text, Markdown and JSON.
//!
//! Everything here is a pure function from a model to a text. Whatever came from a file or a tenant is made harmless
//! first: no control character reaches a terminal, no markup reaches a comment.

pub mod apply_report;
mod markdown;
pub mod plan_json;
pub mod plan_markdown;
pub mod plan_text;
pub mod verification_json;
pub mod verification_markdown;
pub mod verification_text;
pub mod words;

pub use apply_report::apply_text;
pub use plan_json::plan_json;
pub use plan_markdown::plan_markdown;
pub use plan_text::plan_text;
pub use verification_json::verification_json;
pub use verification_markdown::verification_markdown;
pub use verification_text::verification_text;
pub use words::summary_line;

#[cfg(test)]
mod plan_tests;
