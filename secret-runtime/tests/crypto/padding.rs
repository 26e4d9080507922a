//! How much padding a policy gives.

use secret_runtime::crypto::Padding;

use super::vectors::VECTORS;

#[test]
fn bucketed_padding_is_that_of_the_tdlib_vectors() {
    let table = VECTORS["tdlib_padding_len"]["table"].as_object().unwrap();
    assert!(!table.is_empty());
    for (plaintext, padding) in table {
        let padding = usize::try_from(padding.as_u64().unwrap()).unwrap();
        assert_eq!(Padding::Bucketed.len(plaintext.parse().unwrap()), padding, "{plaintext}");
    }
}

#[test]
fn bucketed_padding_is_the_default() {
    assert_eq!(Padding::default(), Padding::Bucketed);
}

#[test]
fn every_policy_keeps_to_the_limits_and_to_whole_blocks() {
    for plaintext in (4..20_000).step_by(4) {
        for (policy, most) in [(Padding::Minimal, 27), (Padding::Bucketed, 1024)] {
            let padding = policy.len(plaintext);
            assert!((12..=most).contains(&padding), "{policy:?} gives {padding} for {plaintext}");
            assert_eq!((plaintext + padding) % 16, 0, "{policy:?} for {plaintext}");
        }
    }
}
