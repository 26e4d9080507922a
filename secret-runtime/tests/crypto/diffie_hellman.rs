//! Groups, exponents, public values, and the keys that come of them.

use secret_runtime::crypto::ChatKey;
use secret_runtime::crypto::diffie_hellman::{
    Group, GroupError, PrivateExponent, PublicValueError, check_public_value,
};
use serde_json::Value;

use super::numbers::{COMPOSITE, PRIMES, SAFE_PRIME};
use super::randomness::{Constant, First, Sequence};
use super::vectors::{VECTORS, array, bytes, exponent, group, list};

fn check_exchange(vector: &Value, key_field: &str, fingerprint_fields: [&str; 2]) {
    let (a, b) = (exponent(vector, "a"), exponent(vector, "b"));
    let (g_a, g_b) = (bytes(vector, "g_a"), bytes(vector, "g_b"));
    assert_eq!(a.public_value(&group()).as_slice(), g_a);
    assert_eq!(b.public_value(&group()).as_slice(), g_b);
    for key in [a.agree(&group(), &g_b).unwrap(), b.agree(&group(), &g_a).unwrap()] {
        assert_eq!(key.as_bytes(), &array(vector, key_field));
        check_fingerprint(&key, vector, fingerprint_fields);
    }
}

fn check_fingerprint(key: &ChatKey, vector: &Value, [number, wire]: [&str; 2]) {
    assert_eq!(key.fingerprint().0, vector[number].as_i64().unwrap());
    assert_eq!(key.fingerprint().to_bytes().as_slice(), bytes(vector, wire));
}

#[test]
fn both_sides_reach_the_key_and_fingerprint_of_the_vector() {
    check_exchange(&VECTORS["dh"], "key", ["key_fingerprint_long", "key_fingerprint_wire"]);
}

#[test]
fn both_sides_of_a_rekey_reach_the_new_key_of_the_vector() {
    check_exchange(&VECTORS["rekey"], "new_key", ["new_fingerprint_long", "new_fingerprint_wire"]);
}

#[test]
fn a_key_that_begins_with_zeros_is_padded_as_in_the_vector() {
    let vector = &VECTORS["dh"]["leading_zero"];
    let key = exponent(&VECTORS["dh"], "a").agree(&group(), &bytes(vector, "g_b")).unwrap();
    assert_eq!(key.as_bytes(), &array(vector, "key"));
    assert_eq!(key.as_bytes()[0], 0);
    check_fingerprint(&key, vector, ["key_fingerprint_long", "key_fingerprint_wire"]);
    assert_ne!(key.fingerprint().to_bytes().as_slice(), bytes(vector, "WRONG_fingerprint_if_not_left_padded"));
}

#[test]
fn public_values_are_accepted_in_the_range_of_the_vectors() {
    for vector in list(&VECTORS, "dh_range") {
        let value: [u8; 256] = array(vector, "value");
        let expected = match vector["accept"].as_i64().map(|accept| accept != 0).or(vector["accept"].as_bool()) {
            Some(true) => Ok(value),
            Some(false) => Err(PublicValueError::OutOfRange),
            None => panic!("{vector}"),
        };
        assert_eq!(check_public_value(&group(), &value), expected, "{}", vector["name"]);
        let agreed = exponent(&VECTORS["dh"], "a").agree(&group(), &value);
        assert_eq!(agreed.map(|_| value), expected, "{}", vector["name"]);
    }
}

#[test]
fn generators_fit_the_prime_as_in_the_vectors() {
    let p = bytes(&VECTORS["dh"], "p");
    for (g, fits) in VECTORS["dh_g_residue_rule"]["for_this_p"].as_object().unwrap() {
        let g = g.parse().unwrap();
        let expected = if fits.as_bool().unwrap() { Ok(g) } else { Err(GroupError::Generator { g }) };
        assert_eq!(Group::check(g, &p, &mut Sequence(0)).map(|group| group.g()), expected);
    }
}

#[test]
fn a_generator_has_to_be_a_square() {
    for number in &PRIMES {
        for g in 2..=7 {
            let expected =
                if number.squares.contains(&g) { GroupError::NotSafePrime } else { GroupError::Generator { g } };
            assert_eq!(Group::check(g, &number.bytes(), &mut Sequence(0)), Err(expected));
        }
    }
}

#[test]
fn a_generator_is_from_2_to_7() {
    let p = bytes(&VECTORS["dh"], "p");
    for g in [i32::MIN, -3, -1, 0, 1, 8, 9, 16, i32::MAX] {
        assert_eq!(Group::check(g, &p, &mut Sequence(0)), Err(GroupError::Generator { g }));
    }
}

#[test]
fn a_safe_prime_that_is_not_telegrams_is_accepted() {
    let p = SAFE_PRIME.bytes();
    let group = Group::check(4, &p, &mut Sequence(0)).unwrap();
    assert_eq!(group.prime().as_slice(), p);
}

#[test]
fn a_composite_number_is_refused_although_half_of_it_is_prime() {
    assert_eq!(Group::check(4, &COMPOSITE.bytes(), &mut Sequence(0)), Err(GroupError::NotSafePrime));
}

#[test]
fn a_prime_is_refused_when_half_of_it_is_composite() {
    for number in &PRIMES {
        assert_eq!(Group::check(4, &number.bytes(), &mut Sequence(0)), Err(GroupError::NotSafePrime));
    }
}

#[test]
fn bases_that_every_number_passes_prove_nothing() {
    for number in &PRIMES {
        // Half of `p - 1` is to be tested. The base is the upper 2047 bits of what is drawn, and `p` is odd.
        let p = number.bytes();
        let (mut one, mut below, mut above) = (vec![0; 256], p.clone(), p.clone());
        one[255] = 2;
        below[255] -= 3;
        above[255] += 1;
        let drawn = [one, below, above].iter().flat_map(|base| base.repeat(64)).collect();
        let mut rng = First(drawn, Sequence(0));
        assert_eq!(Group::check(4, &p, &mut rng), Err(GroupError::NotSafePrime));
        assert!(rng.0.is_empty(), "all of them were drawn");
    }
}

#[test]
fn telegrams_prime_with_one_bit_changed_is_refused() {
    for byte in [1, 128, 255] {
        let mut p = bytes(&VECTORS["dh"], "p");
        p[byte] ^= 2;
        assert_eq!(Group::check(4, &p, &mut Sequence(0)), Err(GroupError::NotSafePrime));
    }
}

#[test]
fn a_modulus_of_another_length_is_refused() {
    let p = bytes(&VECTORS["dh"], "p");
    let check = |p: &[u8], bits| {
        assert_eq!(Group::check(3, p, &mut Sequence(0)), Err(GroupError::Modulus { bits }));
    };
    check(&[], 0);
    check(&[0; 256], 0);
    check(&[23], 5);
    check(&p[1..], 2037);
    check(&[p.as_slice(), &[1]].concat(), 2056);
    check(&[&[0x7f], &p[1..]].concat(), 2047);
    check(&[&[1], p.as_slice()].concat(), 2049);
}

#[test]
fn zeros_before_the_modulus_do_not_count() {
    let p = [vec![0; 3], bytes(&VECTORS["dh"], "p")].concat();
    assert_eq!(Group::check(3, &p, &mut Sequence(0)), Ok(group()));
}

#[test]
fn an_even_modulus_is_refused() {
    let mut p = bytes(&VECTORS["dh"], "p");
    p[255] -= 1;
    assert_eq!(Group::check(4, &p, &mut Sequence(0)), Err(GroupError::Modulus { bits: 2048 }));
}

#[test]
fn a_public_value_may_come_without_its_leading_zeros() {
    let (a, b) = (exponent(&VECTORS["dh"], "a"), exponent(&VECTORS["dh"], "b"));
    let mut value = [0; 256];
    value[2] = 1;
    assert_eq!(check_public_value(&group(), &value[2..]), Ok(value));
    assert_eq!(a.agree(&group(), &value[2..]), a.agree(&group(), &value));
    assert_ne!(a.agree(&group(), &value), b.agree(&group(), &value));
}

#[test]
fn a_public_value_may_come_with_more_zeros_but_not_with_more_digits() {
    let value = array(&VECTORS["dh"], "g_a");
    assert_eq!(check_public_value(&group(), &[[0; 256], value].concat()), Ok(value));
    let longer = [&[1], value.as_slice()].concat();
    assert_eq!(check_public_value(&group(), &longer), Err(PublicValueError::TooLong { bytes: 257 }));
}

#[test]
fn an_empty_public_value_is_out_of_range() {
    assert_eq!(check_public_value(&group(), &[]), Err(PublicValueError::OutOfRange));
}

#[test]
fn a_generated_exponent_has_an_acceptable_public_value_and_leads_to_a_common_key() {
    let mut rng = Sequence(1);
    let [a, b] = [(); 2].map(|()| PrivateExponent::generate(&group(), &mut rng, &[7; 256]));
    let (g_a, g_b) = (a.public_value(&group()), b.public_value(&group()));
    assert_ne!(g_a, g_b);
    assert_eq!(a.agree(&group(), &g_b).unwrap(), b.agree(&group(), &g_a).unwrap());
}

#[test]
fn an_exponent_with_a_refused_public_value_is_generated_anew() {
    /// Gives an exponent of 1 first, whose public value is `g`.
    struct BadAtFirst(bool, Sequence);
    impl rand_core::TryRng for BadAtFirst {
        type Error = std::convert::Infallible;
        fn try_next_u32(&mut self) -> Result<u32, Self::Error> {
            self.1.try_next_u32()
        }
        fn try_next_u64(&mut self) -> Result<u64, Self::Error> {
            self.1.try_next_u64()
        }
        fn try_fill_bytes(&mut self, bytes: &mut [u8]) -> Result<(), Self::Error> {
            if std::mem::take(&mut self.0) {
                bytes.fill(0);
                *bytes.last_mut().unwrap() = 1;
                return Ok(());
            }
            self.1.try_fill_bytes(bytes)
        }
    }
    impl rand_core::TryCryptoRng for BadAtFirst {}

    let expected = PrivateExponent::generate(&group(), &mut Sequence(5), &[]);
    let exponent = PrivateExponent::generate(&group(), &mut BadAtFirst(true, Sequence(5)), &[]);
    assert_eq!(exponent.public_value(&group()), expected.public_value(&group()));
}

#[test]
fn the_servers_randomness_is_mixed_into_ours() {
    let value =
        |rng: u8, server: &[u8]| PrivateExponent::generate(&group(), &mut Constant(rng), server).public_value(&group());
    let mixed = value(0x55, &[0x0f; 256]);
    assert_eq!(mixed, PrivateExponent::from_bytes([0x5a; 256]).public_value(&group()));
    assert_eq!(mixed, value(0x55, &[0x0f]), "however short it is");
    assert_eq!(mixed, value(0x55, &[0x0f; 300]), "however long it is");
    assert_eq!(value(0x55, &[]), PrivateExponent::from_bytes([0x55; 256]).public_value(&group()));
}

#[test]
fn a_group_survives_its_store() {
    let json = serde_json::to_string(&group()).unwrap();
    assert_eq!(serde_json::from_str::<Group>(&json).unwrap(), group());
    let stored = postcard::to_stdvec(&group()).unwrap();
    assert_eq!(stored.len(), 1 + 2 + 256);
    assert_eq!(postcard::from_bytes::<Group>(&stored).unwrap(), group());
}

#[test]
fn a_stored_group_of_the_wrong_form_is_refused() {
    let check = |change: fn(&mut Vec<u8>)| {
        let mut stored = postcard::to_stdvec(&group()).unwrap();
        change(&mut stored);
        postcard::from_bytes::<Group>(&stored).unwrap_err();
    };
    check(|stored| stored[0] = 16); // g = 8, in zigzag
    check(|stored| stored[3] = 0x7f);
    check(|stored| *stored.last_mut().unwrap() -= 1);
    check(|stored| stored.truncate(200));
}

#[test]
fn exponents_are_equal_when_their_bytes_are() {
    let generated = PrivateExponent::generate(&group(), &mut Sequence(0), &[]);
    let restored: PrivateExponent = postcard::from_bytes(&postcard::to_stdvec(&generated).unwrap()).unwrap();
    assert_eq!(generated, restored);
    assert_ne!(generated, PrivateExponent::generate(&group(), &mut Sequence(1), &[]));
}
