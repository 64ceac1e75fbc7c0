//! The demonstration's enti: visibly fictitious, of different kinds, sizes and regions.

/// An ente of the demonstration and what it surveys.
#[derive(Clone, Copy, Debug)]
pub struct DemoEnte {
    /// Code; the `demo_` prefix exists nowhere in the IndicePA.
    pub ipa_code: &'static str,
    /// Name, from no map.
    pub name: &'static str,
    /// IndicePA category.
    pub category: &'static str,
    /// Region, as in the roster.
    pub region: &'static str,
    /// Inhabitants served; 0 where it has no territory.
    pub population: u32,
    /// Votes in an ordinary month, all strata together.
    pub votes_a_month: u32,
    /// What it surveys.
    pub strata: &'static [Stratum],
    /// Whether DFP designates it as an expert administration.
    pub expert: bool,
}

/// A service on a channel, with its share of the ente's votes in percent.
#[derive(Clone, Copy, Debug)]
pub struct Stratum {
    /// Service code of the catalogue.
    pub service: &'static str,
    /// Channel code of the catalogue.
    pub channel: &'static str,
    /// Share of the ente's votes, in percent; the shares of an ente sum to 100.
    pub share_percent: u32,
}

const fn at(service: &'static str, channel: &'static str, share_percent: u32) -> Stratum {
    Stratum { service, channel, share_percent }
}

const SMALL: &[Stratum] =
    &[at("anagrafe", "counter", 60), at("tributi", "counter", 30), at("biblioteca", "counter", 10)];
const MEDIUM: &[Stratum] = &[
    at("anagrafe", "counter", 40),
    at("anagrafe", "web", 15),
    at("tributi", "counter", 20),
    at("biblioteca", "counter", 15),
    at("suap", "web", 10),
];
const LARGE: &[Stratum] = &[
    at("anagrafe", "counter", 25),
    at("anagrafe", "web", 15),
    at("tributi", "counter", 15),
    at("tributi", "web", 10),
    at("biblioteca", "counter", 10),
    at("scuola", "web", 10),
    at("urp", "phone", 10),
    at("sociali-info", "counter", 5),
];
const UNIONE: &[Stratum] = &[at("tributi", "counter", 50), at("suap", "web", 30), at("rifiuti", "phone", 20)];
const PROVINCE: &[Stratum] = &[at("urp", "counter", 60), at("urp", "phone", 40)];
const HEALTH: &[Stratum] =
    &[at("prenotazioni", "counter", 55), at("prenotazioni", "phone", 35), at("urp", "counter", 10)];
/// The strata whose published table one month replays; in equal parts.
pub const REPLAYED: &[Stratum] = &[
    at("contact-centre", "phone", 25),
    at("superabile", "phone", 25),
    at("portale", "web", 25),
    at("sportello", "counter", 25),
];

/// The ente that replays the published table in [`REPLAY_MONTH`].
pub const REPLAYING: &str = "demo_idi";
/// The month of the replay, yyyymm.
pub const REPLAY_MONTH: u32 = 202_504;

/// The twelve enti.
pub const ENTI: [DemoEnte; 12] = [
    DemoEnte {
        ipa_code: "demo_ai",
        name: "Comune di Acquaimmaginaria",
        category: "L6",
        region: "Piemonte",
        population: 1_940,
        votes_a_month: 18,
        strata: SMALL,
        expert: false,
    },
    DemoEnte {
        ipa_code: "demo_bf",
        name: "Comune di Borgofinto",
        category: "L6",
        region: "Emilia-Romagna",
        population: 41_300,
        votes_a_month: 420,
        strata: LARGE,
        expert: true,
    },
    DemoEnte {
        ipa_code: "demo_cs",
        name: "Comune di Castel Sognato",
        category: "L6",
        region: "Toscana",
        population: 8_750,
        votes_a_month: 95,
        strata: MEDIUM,
        expert: false,
    },
    DemoEnte {
        ipa_code: "demo_fe",
        name: "Comune di Fiordesempio",
        category: "L6",
        region: "Veneto",
        population: 27_600,
        votes_a_month: 240,
        strata: LARGE,
        expert: false,
    },
    DemoEnte {
        ipa_code: "demo_idi",
        name: "Istituto Dimostrativo Inesistente",
        category: "C5",
        region: "Lazio",
        population: 0,
        votes_a_month: 400,
        strata: REPLAYED,
        expert: true,
    },
    DemoEnte {
        ipa_code: "demo_mi",
        name: "Comune di Montinventato",
        category: "L6",
        region: "Abruzzo",
        population: 640,
        votes_a_month: 6,
        strata: SMALL,
        expert: false,
    },
    DemoEnte {
        ipa_code: "demo_pa",
        name: "Comune di Portapparente",
        category: "L6",
        region: "Puglia",
        population: 63_900,
        votes_a_month: 380,
        strata: LARGE,
        expert: false,
    },
    DemoEnte {
        ipa_code: "demo_pe",
        name: "Provincia di Esempio",
        category: "L5",
        region: "Lombardia",
        population: 412_000,
        votes_a_month: 130,
        strata: PROVINCE,
        expert: false,
    },
    DemoEnte {
        ipa_code: "demo_rf",
        name: "Comune di Roccafantasia",
        category: "L6",
        region: "Calabria",
        population: 4_420,
        votes_a_month: 46,
        strata: MEDIUM,
        expert: false,
    },
    DemoEnte {
        ipa_code: "demo_sv",
        name: "Comune di San Virtuale",
        category: "L6",
        region: "Sardegna",
        population: 14_200,
        votes_a_month: 150,
        strata: MEDIUM,
        expert: false,
    },
    DemoEnte {
        ipa_code: "demo_ud",
        name: "Unione Dimostrativa dei Tre Colli",
        category: "L18",
        region: "Umbria",
        population: 21_800,
        votes_a_month: 110,
        strata: UNIONE,
        expert: false,
    },
    DemoEnte {
        ipa_code: "demo_us",
        name: "Azienda Sanitaria Simulata",
        category: "L7",
        region: "Campania",
        population: 298_000,
        votes_a_month: 350,
        strata: HEALTH,
        expert: false,
    },
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shares_sum_to_a_hundred_and_two_are_experts() {
        for ente in ENTI {
            let sum: u32 = ente.strata.iter().map(|stratum| stratum.share_percent).sum();
            assert_eq!(sum, 100, "{}", ente.ipa_code);
        }
        assert_eq!(ENTI.iter().filter(|ente| ente.expert).count(), 2);
    }
}
