//! Licences (facts sheet, Google 7). The sandbox sells one product in one edition, which every account gets by itself.
//! Google's other products and editions are there and nobody has them, so that their lists are empty.

use serde_json::{Value, json};

use super::build::text;
use super::state::{Tenant, User};
use super::{Answer, Call, errors, is_customer, paging, reply, resource, schema};
use crate::wire::Reply;

const PRODUCT: &str = "Google-Apps";
/// Business Standard.
const SKU: &str = "1010020028";
/// Other products of Google's (Enterprise License Manager API, «Product and SKU IDs»).
const OTHER_PRODUCTS: [&str; 12] = [
    "101001",
    "101005",
    "101006",
    "101031",
    "101033",
    "101034",
    "101035",
    "101037",
    "101039",
    "101043",
    "Google-Drive-storage",
    "Google-Vault",
];
/// Other editions of the same product: Business Starter and Plus, Enterprise Standard and Plus, Frontline Starter.
const OTHER_SKUS: [&str; 5] = ["1010020027", "1010020025", "1010020026", "1010020020", "1010020030"];

/// `apps/licensing/v1/product/{product}/…`.
pub(super) fn answer(tenant: &mut Tenant, call: &Call, product: &str, rest: &[&str]) -> Answer {
    call.admin(tenant, &["apps.licensing"])?;
    let missing = || errors::directory(404, "notFound", "Requested entity was not found.");
    let sku = rest.get(1).filter(|_| rest[0] == "sku");
    let is_other =
        OTHER_PRODUCTS.contains(&product) || (product == PRODUCT && sku.is_some_and(|sku| OTHER_SKUS.contains(sku)));
    if is_other && matches!((call.request.method.as_str(), rest), ("GET", ["users"] | ["sku", _, "users"])) {
        return nobody(tenant, call);
    }
    if product != PRODUCT || rest.get(1).is_some_and(|sku| rest[0] == "sku" && *sku != SKU) {
        return Err(missing());
    }
    match (call.request.method.as_str(), rest) {
        ("GET", ["users"] | ["sku", _, "users"]) => list(tenant, call),
        ("POST", ["sku", _, "user"]) => insert(tenant, call),
        ("GET", ["sku", _, "user", key]) => {
            let user = tenant.user(key).filter(|user| user.licensed.is_some()).ok_or_else(missing)?;
            reply(call, 200, assignment(user), &schema::LICENCE)
        }
        ("DELETE", ["sku", _, "user", key]) => {
            let user = tenant.user(key).filter(|user| user.licensed.is_some()).ok_or_else(missing)?;
            let id = user.id.clone();
            if let Some(user) = tenant.change_user(&id, call.now()) {
                user.licensed = None;
            }
            Ok(Reply::json(200, json!({})))
        }
        _ => Err(errors::no_method()),
    }
}

fn assignment(user: &User) -> Value {
    let link =
        format!("https://licensing.googleapis.com/apps/licensing/v1/product/{PRODUCT}/sku/{SKU}/user/{}", user.primary);
    json!({
        "kind": "licensing#licenseAssignment",
        "etags": resource::etag(&format!("licence {}", user.id)),
        "selfLink": link,
        "userId": user.primary,
        "productId": PRODUCT,
        "productName": "Google Workspace",
        "skuId": SKU,
        "skuName": "Google Workspace Business Standard",
    })
}

/// Refuses a list of another customer's.
fn own_customer(tenant: &Tenant, call: &Call) -> Result<(), Reply> {
    let customer = call.request.query_value("customerId").unwrap_or_default();
    let domain = tenant.domains.iter().any(|domain| domain.eq_ignore_ascii_case(&customer));
    if domain || is_customer(tenant, &customer) {
        return Ok(());
    }
    Err(errors::directory(400, "invalid", "Invalid value for customerId."))
}

/// The list of a product or an edition that nobody has.
fn nobody(tenant: &Tenant, call: &Call) -> Answer {
    own_customer(tenant, call)?;
    let body = json!({"kind": "licensing#licenseAssignmentList", "etag": resource::etag("nobody")});
    reply(call, 200, body, &schema::LICENCES)
}

fn list(tenant: &Tenant, call: &Call) -> Answer {
    own_customer(tenant, call)?;
    let page = paging::page(call.request, "maxResults", 100, 1000, call.now())?;
    let mut users: Vec<&User> =
        tenant.users.values().filter(|user| user.licensed.is_some() && user.deleted.is_none()).collect();
    users.sort_by(|a, b| a.primary.cmp(&b.primary));
    users.retain(|user| user.primary > page.after);
    let mut body = json!({"kind": "licensing#licenseAssignmentList", "etag": resource::etag(&users.len().to_string())});
    if users.len() > page.most {
        users.truncate(page.most);
        body["nextPageToken"] = json!(users.last().map(|user| page.next(&user.primary)));
    }
    body["items"] = users.into_iter().map(assignment).collect();
    reply(call, 200, body, &schema::LICENCES)
}

fn insert(tenant: &mut Tenant, call: &Call) -> Answer {
    let fields = schema::body(call.request, &schema::LICENCE_INSERT)?;
    let key =
        text(&fields, "userId").ok_or_else(|| errors::directory(400, "required", "Missing required field: userId"))?;
    let user = tenant.user(key).ok_or_else(|| errors::directory(400, "invalid", "Invalid value for userId."))?;
    if user.licensed.is_some() {
        let refuse: Reply = errors::not_met("User already has a license for the specified product and SKU");
        return Err(refuse);
    }
    if tenant.free_seats() == Some(0) {
        return Err(errors::not_met("There aren't enough available licenses for the specified product-SKU pair"));
    }
    let (id, now) = (user.id.clone(), call.now());
    let Some(user) = tenant.change_user(&id, now) else { return Err(errors::missing("userKey")) };
    user.licensed = Some(now);
    let body = assignment(user);
    reply(call, 200, body, &schema::LICENCE)
}
