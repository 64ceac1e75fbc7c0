//! Many questions at once: a thousand honest enti give two alarms a month by chance alone.

use super::counts::size;

/// The false discovery rate of a screening list.
pub const DISCOVERY_RATE: f64 = 0.05;

/// Adjusted p-values of Benjamini and Hochberg (JRSS B 1995;57:289), in the order given: min over j ≥ k of p₍ⱼ₎ m/j. One
/// family is one indicator × month × service group; a question is rejected where its value is at most the rate.
#[must_use]
pub fn benjamini_hochberg(p: &[f64]) -> Vec<f64> {
    let mut order: Vec<usize> = (0..p.len()).collect();
    order.sort_unstable_by(|&i, &j| p[j].total_cmp(&p[i]));
    let mut adjusted = vec![1.0; p.len()];
    let mut least = 1.0_f64;
    for (larger, &index) in order.iter().enumerate() {
        least = least.min(p[index] * size(p.len()) / size(p.len() - larger));
        adjusted[index] = least;
    }
    adjusted
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The fifteen p-values of the 1995 paper.
    #[test]
    fn the_paper_rejects_four() {
        let p = [
            0.0001, 0.0004, 0.0019, 0.0095, 0.0201, 0.0278, 0.0298, 0.0344, 0.0459, 0.3240, 0.4262, 0.5719,
            0.6528, 0.7590, 1.0,
        ];
        let adjusted = benjamini_hochberg(&p);
        assert_eq!(adjusted.iter().filter(|&&q| q <= DISCOVERY_RATE).count(), 4);
        assert!((adjusted[3] - 0.035_625).abs() < 1e-12);
        assert!(benjamini_hochberg(&[]).is_empty());
    }
}
