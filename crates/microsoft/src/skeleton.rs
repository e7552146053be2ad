use crate::config::*;
use async_trait::async_trait;
use std::sync::Arc;
use tripod_model::{Address, Provider};
use tripod_tenant::*;
#[derive(Debug)]
pub struct MicrosoftWriter;
fn no() -> TenantError {
    TenantError::new(ErrorKind::Unavailable, "x", "x")
}
impl MicrosoftWriter {
    pub fn new(_: MicrosoftTenant, _: AppCredentials, _: Endpoints, _: Arc<dyn Clock>) -> Result<Self, TenantError> {
        Ok(Self)
    }
}
#[async_trait]
impl TenantWriter for MicrosoftWriter {
    async fn create(&self, w: &[NewMailbox], d: &Done<'_, MailboxId>) {
        for i in 0..w.len() {
            d(i, Err(no()));
        }
    }
    async fn wait_until_ready(&self, w: &[MailboxRef], d: &Done<'_, ()>) {
        for i in 0..w.len() {
            d(i, Err(no()));
        }
    }
    async fn configure(&self, w: &[Configure], d: &Done<'_, ()>) {
        for i in 0..w.len() {
            d(i, Err(no()));
        }
    }
    async fn grant(&self, w: &[Grant], d: &Done<'_, ()>) {
        for i in 0..w.len() {
            d(i, Err(no()));
        }
    }
    async fn revoke(&self, w: &[Revoke], d: &Done<'_, ()>) {
        for i in 0..w.len() {
            d(i, Err(no()));
        }
    }
    async fn retire(&self, w: &[MailboxRef], d: &Done<'_, ()>) {
        for i in 0..w.len() {
            d(i, Err(no()));
        }
    }
}
