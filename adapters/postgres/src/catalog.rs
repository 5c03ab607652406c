//! The catalog's ports: `courses`, `plans`, `plan_topics`, and what the world sees of mentors.

mod mentors;
mod plans;
mod seeding;

pub(crate) use seeding::place_course;

use application_catalog::ports::{CatalogPorts, CatalogQueries, CatalogTx, Seeding};
use application_catalog::{MentorFilter, MentorKey, MentorView, PlanDetail, PlanFilter, PlanView};
use application_kernel::{Page, PageRequest, Store, StoreError};
use async_trait::async_trait;
use domain_kernel::{PlanId, UserId};

use crate::store::{PgStore, PgTx};

#[async_trait]
impl Store<CatalogTx> for PgStore {
    async fn begin(&self) -> Result<CatalogTx, StoreError> {
        Ok(CatalogTx::new(Box::new(self.transaction().await?)))
    }
}

impl CatalogPorts for PgTx {
    fn seeding(&mut self) -> &mut dyn Seeding {
        self
    }
}

#[async_trait]
impl CatalogQueries for PgStore {
    async fn plans(
        &self,
        filter: &PlanFilter,
        page: &PageRequest<PlanId>,
    ) -> Result<Page<PlanView, PlanId>, StoreError> {
        plans::list(&mut *self.conn().await?, self.currency, filter, page).await
    }

    async fn plan(&self, id: PlanId) -> Result<Option<PlanDetail>, StoreError> {
        plans::find(&mut *self.conn().await?, self.currency, id).await
    }

    async fn mentors(
        &self,
        filter: &MentorFilter,
        page: &PageRequest<MentorKey>,
    ) -> Result<Page<MentorView, MentorKey>, StoreError> {
        mentors::list(&mut *self.conn().await?, filter, page).await
    }

    async fn mentor(&self, id: &UserId) -> Result<Option<MentorView>, StoreError> {
        mentors::find(&mut *self.conn().await?, id).await
    }
}
