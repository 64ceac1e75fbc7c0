//! All versions of the catalogue, folded from the observer's feed.

use super::{Catalogue, CatalogueError, parts_hash};
use crate::{
    calendar::{CivilDay, Month},
    envelope::Id,
    limits::{CATALOGUE_PARTS_MAX, CATALOGUES_PENDING_MAX},
    wire::feed::v1 as wire,
};
use std::{collections::BTreeMap, sync::Arc};

/// All versions of the catalogue: a fold over the observer's feed, in the order of its entries.
#[derive(Clone, Debug, Default)]
pub struct Catalogues {
    pub(super) pending: BTreeMap<u32, BTreeMap<u32, (Id, wire::CataloguePart)>>,
    closed: BTreeMap<u32, Arc<Catalogue>>,
}

impl Catalogues {
    /// Takes a part entry. Of parts with one number the last before the closing entry counts. Beyond
    /// [`CATALOGUES_PENDING_MAX`] versions without closing entry the lowest is forgotten.
    pub fn part(&mut self, id: Id, part: &wire::CataloguePart) -> Result<(), CatalogueError> {
        self.expect_new(part.version)?;
        if part.part >= CATALOGUE_PARTS_MAX {
            return Err(CatalogueError::Part { part: part.part });
        }
        self.pending.entry(part.version).or_default().insert(part.part, (id, part.clone()));
        while self.pending.len() > CATALOGUES_PENDING_MAX {
            self.pending.pop_first();
        }
        Ok(())
    }

    /// Takes a closing entry of civil day `day`: makes the version, or tells why there is none.
    pub fn closing(
        &mut self,
        closing: &wire::CatalogueClosing,
        day: CivilDay,
    ) -> Result<Arc<Catalogue>, CatalogueError> {
        let version = closing.version;
        self.expect_new(version)?;
        let from_month = Month::from_yyyymm(closing.from_month)?;
        if from_month <= day.month() {
            return Err(CatalogueError::BeginsTooEarly { from_month, published_in: day.month() });
        }
        if closing.parts == 0 || closing.parts > CATALOGUE_PARTS_MAX {
            return Err(CatalogueError::Part { part: closing.parts });
        }
        let pending = self.pending.get(&version);
        let (mut ids, mut parts) = (Vec::new(), Vec::new());
        for number in 0..closing.parts {
            let found = pending.and_then(|pending| pending.get(&number));
            let missing = CatalogueError::PartMissing { version, parts: closing.parts, missing: number };
            let (id, part) = found.ok_or(missing)?;
            ids.push(*id);
            parts.push(part.clone());
        }
        if parts_hash(&ids) != closing.hash {
            return Err(CatalogueError::Hash { version });
        }
        let thresholds = (u64::from(closing.threshold), u64::from(closing.threshold_sensitive));
        let made = Arc::new(Catalogue::assemble(version, from_month, thresholds, &parts)?);
        self.pending.retain(|pending, _| *pending > version);
        self.closed.insert(version, Arc::clone(&made));
        Ok(made)
    }

    fn expect_new(&self, version: u32) -> Result<(), CatalogueError> {
        let newest = self.closed.last_key_value().map_or(0, |(newest, _)| *newest);
        if version > newest { Ok(()) } else { Err(CatalogueError::Version { version, newest }) }
    }

    /// The version that holds in `month`: the highest whose `from_month` is not after it.
    pub fn in_force(&self, month: Month) -> Option<&Arc<Catalogue>> {
        self.closed.values().rev().find(|catalogue| catalogue.from_month <= month)
    }

    /// A version by its number.
    pub fn version(&self, version: u32) -> Option<&Arc<Catalogue>> {
        self.closed.get(&version)
    }

    /// The highest version, in force or not yet.
    pub fn newest(&self) -> Option<&Arc<Catalogue>> {
        self.closed.last_key_value().map(|(_, catalogue)| catalogue)
    }
}
