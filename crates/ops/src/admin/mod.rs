//! `admin.*`: weights of the factors, tests of them, their optimisation, and the operator's view.

mod ab_test;
mod optimization;
mod weights;

use app::analytics::storage::{DashboardAnswer, SystemAnswer};
use catalog::{Catalog, Effect, Meta, NoArgs, OpError, Scope};

use crate::{Ctx, op_error};

/// An operation of administrators that reads.
fn read(name: &'static str, path: &'static str, summary: &'static str) -> Meta {
    Meta::get(name, path).summary(summary).scope(Scope::Admin)
}

/// An operation of administrators that changes something.
fn write(name: &'static str, path: &'static str, summary: &'static str) -> Meta {
    Meta::post(name, path).summary(summary).scope(Scope::Admin).effect(Effect::Write)
}

async fn dashboard(ctx: Ctx, _: NoArgs) -> Result<DashboardAnswer, OpError> {
    ctx.app.dashboard().await.map_err(op_error)
}

async fn system(ctx: Ctx, _: NoArgs) -> Result<SystemAnswer, OpError> {
    ctx.app.system().await.map_err(op_error)
}

pub(crate) fn register(catalog: &mut Catalog<Ctx>) {
    weights::register(catalog);
    ab_test::register(catalog);
    optimization::register(catalog);
    catalog.add(
        read(
            "admin.dashboard",
            "/admin/dashboard",
            "What an operator looks at first: state, storage, checks, weights, figures",
        )
        .description("Figures are of the last 30 days, by verdict, mode and weights.")
        .example("The operator's page", []),
        dashboard,
    );
    catalog.add(
        read(
            "admin.system.health",
            "/admin/system/health",
            "The state of every part, with sizes, checks and weights",
        )
        .description("Beside health.check: rows and sizes of the store, checks by state, active weights.")
        .example("How is everything?", []),
        system,
    );
}
