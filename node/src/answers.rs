//! Answers about all enti, kept until the views have followed something new: a screen asks for the same ones again and
//! again, and with thousands of enti they take longer than a key press may.

use crate::views::{Filter, Indicator, Places, Profiles, Question, Sums, Views, Window, Yardstick};
use faccina_proto::calendar::Month;
use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

/// Answers of one kind that are kept; with 6,000 enti each holds about two megabytes.
const KEPT_MAX: usize = 12;

/// The answers; clones share them. Whoever asks holds the views for reading, so that they cannot follow meanwhile.
#[derive(Clone, Debug, Default)]
pub struct Answers {
    sums: Kept<(Window, Month), Sums>,
    places: Kept<Question, Places>,
    profiles: Kept<Month, Profiles>,
    yardsticks: Kept<Month, Yardstick>,
}

type Shelf<K, V> = BTreeMap<K, Arc<V>>;

#[derive(Debug)]
struct Kept<K, V>(Arc<Mutex<Shelf<K, V>>>);

impl<K, V> Clone for Kept<K, V> {
    fn clone(&self) -> Self {
        Self(Arc::clone(&self.0))
    }
}

impl<K, V> Default for Kept<K, V> {
    fn default() -> Self {
        Self(Arc::default())
    }
}

impl<K: Clone + Ord, V> Kept<K, V> {
    fn shelf(&self) -> MutexGuard<'_, Shelf<K, V>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The answer kept, or a new one. Made without holding the shelf: two may make the same one, nobody waits.
    fn get(&self, key: &K, make: impl FnOnce() -> V) -> Arc<V> {
        if let Some(kept) = self.shelf().get(key) {
            return Arc::clone(kept);
        }
        let made = Arc::new(make());
        let mut shelf = self.shelf();
        if shelf.len() >= KEPT_MAX {
            shelf.clear();
        }
        shelf.insert(key.clone(), Arc::clone(&made));
        made
    }
}

impl Answers {
    /// Forgets everything: the views have followed something new.
    pub fn forget(&self) {
        self.sums.shelf().clear();
        self.places.shelf().clear();
        self.profiles.shelf().clear();
        self.yardsticks.shelf().clear();
    }

    /// Makes the answers that every screen begins with.
    pub fn prepare(&self, views: &Views) {
        let Some(month) = views.newest_month() else { return };
        for (window, indicator) in [(Window::Month, Indicator::Green), (Window::Twelve, Indicator::Green)] {
            let _ = self.places(views, &Question { month, window, filter: Filter::default(), indicator });
        }
        let _ = self.profiles(views, month);
        let _ = self.yardstick(views, month);
    }

    /// What all enti published over the window that ends with `month`.
    #[must_use]
    pub fn sums(&self, views: &Views, month: Month, window: Window) -> Arc<Sums> {
        self.sums.get(&(window, month), || views.sums(window.first(month), month))
    }

    /// The places of all enti for a question.
    #[must_use]
    pub fn places(&self, views: &Views, question: &Question) -> Arc<Places> {
        let make = || Places::of(question.clone(), self.sums(views, question.month, question.window));
        self.places.get(question, make)
    }

    /// What all enti are, for the year that ends with `month`.
    #[must_use]
    pub fn profiles(&self, views: &Views, month: Month) -> Arc<Profiles> {
        self.profiles.get(&month, || Profiles::of(views, &self.sums(views, month, Window::Twelve)))
    }

    /// What evidence is held against, for the year that ends with `month`.
    #[must_use]
    pub fn yardstick(&self, views: &Views, month: Month) -> Arc<Yardstick> {
        self.yardsticks.get(&month, || Yardstick::of(views, self.sums(views, month, Window::Twelve)))
    }
}
