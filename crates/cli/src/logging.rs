//! What `-v` shows. Nothing of it may hold a secret: adapters log operations and ids, never headers or bodies.

use std::io::IsTerminal;

use tracing_subscriber::EnvFilter;

/// Starts logging to stderr; without `-v` only warnings are shown.
pub(crate) fn start(verbose: u8) {
    let level = match verbose {
        0 => "warn",
        1 => "tripod=info,tripod_google=info,tripod_microsoft=info,tripod_tenant=info,tripod_provisioner=info,warn",
        _ => {
            "tripod=debug,tripod_google=debug,tripod_microsoft=debug,tripod_tenant=debug,tripod_provisioner=debug,info"
        }
    };
    // A second call, as from a test in the same process, keeps the first subscriber.
    let _ = tracing_subscriber::fmt()
        .with_env_filter(EnvFilter::new(level))
        .with_writer(std::io::stderr)
        .with_ansi(std::io::stderr().is_terminal())
        .without_time()
        .with_target(false)
        .try_init();
}
