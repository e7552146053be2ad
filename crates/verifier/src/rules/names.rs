//! The names that an expression uses. Trying it on a sample finds only those that are reached: in `a || b` the second
//! is not looked at when the first is true.

use cel::IdedExpr;
use cel::common::ast::{EntryExpr, Expr};

/// The variables that an expression sees.
const VARIABLES: [&str; 2] = ["mailbox", "policy"];

/// Functions of CEL's standard library that are there without regular expressions and times.
const FUNCTIONS: [&str; 13] = [
    "size",
    "contains",
    "startsWith",
    "endsWith",
    "int",
    "uint",
    "double",
    "string",
    "bool",
    "bytes",
    "dyn",
    "min",
    "max",
];

/// The first name that is neither a variable, a key of the model, a function, nor one that the expression brings itself.
pub(super) fn strange<'e>(expression: &'e IdedExpr, keys: &[&str]) -> Option<&'e str> {
    look(expression, keys, &mut Vec::new())
}

fn look<'e>(expression: &'e IdedExpr, keys: &[&str], own: &mut Vec<&'e str>) -> Option<&'e str> {
    match &expression.expr {
        Expr::Unspecified | Expr::Literal(_) => None,
        Expr::Ident(name) => {
            let known = VARIABLES.contains(&name.as_str()) || own.contains(&name.as_str()) || name.starts_with('@');
            (!known).then_some(name.as_str())
        }
        Expr::Select(select) => look(&select.operand, keys, own)
            .or_else(|| (!keys.contains(&select.field.as_str())).then_some(select.field.as_str())),
        Expr::Call(call) => {
            let target = call.target.iter().map(AsRef::as_ref);
            let inner = target.chain(&call.args).find_map(|expression| look(expression, keys, own));
            // Operators have names such as `_<_` and `@in`.
            let named = call.func_name.starts_with(|c: char| c.is_ascii_alphabetic());
            inner
                .or_else(|| (named && !FUNCTIONS.contains(&call.func_name.as_str())).then_some(call.func_name.as_str()))
        }
        Expr::List(list) => list.elements.iter().find_map(|expression| look(expression, keys, own)),
        Expr::Map(map) => map.entries.iter().find_map(|entry| look_entry(&entry.expr, keys, own)),
        Expr::Struct(made) => made.entries.iter().find_map(|entry| look_entry(&entry.expr, keys, own)),
        Expr::Comprehension(all) => {
            if let Some(name) = look(&all.iter_range, keys, own) {
                return Some(name);
            }
            let before = own.len();
            own.extend([all.iter_var.as_str(), all.accu_var.as_str()]);
            own.extend(all.iter_var2.as_deref());
            let parts = [&all.accu_init, &all.loop_cond, &all.loop_step, &all.result];
            let found = parts.into_iter().find_map(|expression| look(expression, keys, own));
            own.truncate(before);
            found
        }
    }
}

fn look_entry<'e>(entry: &'e EntryExpr, keys: &[&str], own: &mut Vec<&'e str>) -> Option<&'e str> {
    match entry {
        EntryExpr::StructField(field) => look(&field.value, keys, own),
        EntryExpr::MapEntry(entry) => look(&entry.key, keys, own).or_else(|| look(&entry.value, keys, own)),
    }
}
