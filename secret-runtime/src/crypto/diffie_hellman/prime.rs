//! Whether a number is a safe prime. It is the server's number, so nothing here is secret.

use crypto_bigint::modular::{FixedMontyForm, FixedMontyParams};
use crypto_bigint::{Odd, U2048};
use rand_core::CryptoRng;

/// Safe primes that were verified before. The first is the one that Telegram's servers have given since 2013.
pub(super) const KNOWN: [U2048; 1] = [U2048::from_be_hex(
    "C71CAEB9C6B1C9048E6C522F70F13F73980D40238E3E21C14934D037563D930F48198A0AA7C14058229493D22530F4DB\
     FA336F6E0AC925139543AED44CCE7C3720FD51F69458705AC68CD4FE6B6B13ABDC9746512969328454F18FAF8C595F64\
     2477FE96BB2A941D5BCD1D4AC8CC49880708FA9B378E3C4F3A9060BEE67CF9A4A4A695811051907E162753B56B0F6B41\
     0DBA74D8A84B2A14B3144E0EF1284754FD17ED950D5965B4B9DD46582DB1178D169C6BC465B0D6FF9CA3928FEF5B9AE4\
     E418FC15E83EBEA0F87FA9FF5EED70050DED2849F47BF959D956850CE929851F0D8115F635B105EE2E4E15D04B2454BF\
     6F4FADF034B10403119CD8E3B92FCC5B",
)];

/// A composite number passes one round with a probability of at most 1/4, so 64 rounds leave 2^-128.
const ROUNDS: usize = 64;

/// Whether `p` and `(p - 1) / 2` are both prime.
pub(super) fn is_safe_prime<R: CryptoRng + ?Sized>(p: &Odd<U2048>, rng: &mut R) -> bool {
    // The order only saves time: the second test is the long one.
    KNOWN.contains(p.as_ref()) || (is_prime_above_a_prime(p) && is_prime(&p.shr_vartime(1), rng))
}

/// Whether `p` is prime, provided that `q = (p - 1) / 2` is.
///
/// `2^(p-1) = 1 (mod p)` proves it, by Pocklington's argument: modulo every prime divisor of `p` the order of 2 divides
/// `2q`. If it is a multiple of `q`, the divisor, which is odd, is at least `2q + 1`, so it is `p`. If it is not, it
/// divides 2, so the divisor is 3; but a power of 3 does not pass, since the order of 2 modulo 9 is 6, which does not
/// divide `2q`: `q` is a prime far above 3. So this number needs one exponentiation, and no rounds.
fn is_prime_above_a_prime(p: &Odd<U2048>) -> bool {
    let params = FixedMontyParams::new_vartime(*p);
    let two = FixedMontyForm::new(&U2048::from_u32(2), &params);
    two.pow_vartime(&p.wrapping_sub(&U2048::ONE)) == FixedMontyForm::one(&params)
}

/// Miller and Rabin's test with random bases.
fn is_prime<R: CryptoRng + ?Sized>(n: &U2048, rng: &mut R) -> bool {
    let Some(odd) = Odd::new(*n).into_option() else { return false };
    let params = FixedMontyParams::new_vartime(odd);
    let minus_one = n.wrapping_sub(&U2048::ONE);
    let twos = minus_one.trailing_zeros_vartime();
    let exponent = minus_one.shr_vartime(twos);
    let one = FixedMontyForm::one(&params);
    let minus_one = FixedMontyForm::new(&minus_one, &params);
    (0..ROUNDS).all(|_| {
        let mut power = FixedMontyForm::new(&base(n, rng), &params).pow_vartime(&exponent);
        power == one
            || (0..twos).any(|_| {
                let found = power == minus_one;
                power = power.square();
                found
            })
    })
}

/// A random number from 2 to `n - 2`, all equally probable.
fn base<R: CryptoRng + ?Sized>(n: &U2048, rng: &mut R) -> U2048 {
    loop {
        let mut bytes = [0; 256];
        rng.fill_bytes(&mut bytes);
        let base = U2048::from_be_slice(&bytes).shr_vartime(n.leading_zeros_vartime());
        if base > U2048::ONE && base < n.wrapping_sub(&U2048::ONE) {
            return base;
        }
    }
}
