//! The server's small riddle: a product of two primes that the client takes apart.
//!
//! Source: <https://core.telegram.org/mtproto/auth_key#proof-of-work>. Nothing here is secret.

use rand_core::CryptoRng;

/// The smaller and the larger of the two different odd primes that make `product`; nothing for any other number.
pub(super) fn factors(product: u64) -> Option<(u64, u64)> {
    // What is left has a divisor that the search finds soon, so a hostile number costs no more than an honest one.
    if product.is_multiple_of(2) || product < 9 || is_prime(product) || product.isqrt().pow(2) == product {
        return None;
    }
    let divisor = SMALL_PRIMES
        .into_iter()
        .find(|prime| product.is_multiple_of(*prime))
        .or_else(|| (1..=MOST_SEARCHES).find_map(|addend| divisor(product, addend)))?;
    let other = product / divisor;
    (is_prime(divisor) && is_prime(other)).then(|| (divisor.min(other), divisor.max(other)))
}

/// Two different primes below 2^31, the smaller one first.
pub(super) fn random_primes(rng: &mut dyn CryptoRng) -> (u64, u64) {
    loop {
        let (first, second) = (random_prime(rng), random_prime(rng));
        if first != second {
            return (first.min(second), first.max(second));
        }
    }
}

fn random_prime(rng: &mut dyn CryptoRng) -> u64 {
    loop {
        // 31 bits, odd.
        let candidate = u64::from((rng.next_u32() >> 2) | (1 << 30) | 1);
        if is_prime(candidate) {
            return candidate;
        }
    }
}

/// Also the bases with which Miller and Rabin's test knows every prime below 2^64.
const SMALL_PRIMES: [u64; 12] = [2, 3, 5, 7, 11, 13, 17, 19, 23, 29, 31, 37];

fn is_prime(number: u64) -> bool {
    if number < 2 || SMALL_PRIMES.into_iter().any(|prime| number.is_multiple_of(prime)) {
        return SMALL_PRIMES.contains(&number);
    }
    let twos = (number - 1).trailing_zeros();
    SMALL_PRIMES.into_iter().all(|base| {
        let mut power = power(base, (number - 1) >> twos, number);
        power == 1
            || (0..twos).any(|_| {
                let found = power == number - 1;
                power = product(power, power, number);
                found
            })
    })
}

/// A search fails when both cycles close at once; another addend makes other cycles.
const MOST_SEARCHES: u64 = 32;

/// How many products are collected before one common divisor is computed.
const BATCH: u64 = 128;

/// The smaller prime has at most 32 bits, so a cycle has some 2^16 steps; this is far beyond.
const LONGEST_STRIDE: u64 = 1 << 22;

/// A divisor of an odd number that is not prime: Pollard's search with `x^2 + addend`, in Brent's strides.
fn divisor(number: u64, addend: u64) -> Option<u64> {
    let step = |x: u64| (u128::from(product(x, x, number)) + u128::from(addend)).rem_euclid(number.into()) as u64;
    let (mut tortoise, mut hare, mut batch_start) = (2, 2, 2);
    let (mut collected, mut common, mut stride) = (1, 1, 1);
    while common == 1 {
        if stride > LONGEST_STRIDE {
            return None;
        }
        tortoise = hare;
        for _ in 0..stride {
            hare = step(hare);
        }
        let mut done = 0;
        while done < stride && common == 1 {
            batch_start = hare;
            for _ in 0..BATCH.min(stride - done) {
                hare = step(hare);
                collected = product(collected, tortoise.abs_diff(hare), number);
            }
            common = greatest_common_divisor(collected, number);
            done += BATCH;
        }
        stride *= 2;
    }
    // Both primes were found in one batch: it is gone through again, one by one.
    while common == number || common == 1 {
        batch_start = step(batch_start);
        common = greatest_common_divisor(tortoise.abs_diff(batch_start), number);
        if common == number {
            return None;
        }
    }
    Some(common)
}

fn greatest_common_divisor(mut a: u64, mut b: u64) -> u64 {
    while b != 0 {
        (a, b) = (b, a % b);
    }
    a
}

fn power(mut base: u64, mut exponent: u64, modulus: u64) -> u64 {
    let mut result = 1;
    while exponent > 0 {
        if exponent & 1 == 1 {
            result = product(result, base, modulus);
        }
        base = product(base, base, modulus);
        exponent >>= 1;
    }
    result
}

fn product(a: u64, b: u64, modulus: u64) -> u64 {
    (u128::from(a) * u128::from(b) % u128::from(modulus)) as u64
}

#[cfg(test)]
mod tests {
    use super::{factors, is_prime};

    #[test]
    fn the_factors_of_the_published_example_are_found() {
        assert_eq!(factors(0x17ED_4894_1A08_F981), Some((0x494C_553B, 0x5391_1073)));
    }

    #[test]
    fn small_numbers_are_told_apart_as_by_trial_division() {
        let prime = |n: u64| n > 1 && (2..n).take_while(|d| d * d <= n).all(|d| !n.is_multiple_of(d));
        for number in 0..3000 {
            assert_eq!(is_prime(number), prime(number), "{number}");
            let expected = (3..number)
                .take_while(|p| p * p < number)
                .find(|p| number % p == 0 && number % 2 == 1 && prime(*p) && prime(number / p))
                .map(|p| (p, number / p));
            assert_eq!(factors(number), expected, "{number}");
        }
    }

    #[test]
    fn products_of_large_primes_are_taken_apart_and_their_likes_refused() {
        // The largest primes below 2^32, and two of very different size.
        let (p, q) = (4_294_967_279, 4_294_967_291);
        assert_eq!(factors(p * q), Some((p, q)));
        let largest = 6_148_914_691_236_517_199;
        assert_eq!(factors(3 * largest), Some((3, largest)));
        assert_eq!(factors(q * q), None, "a square");
        assert_eq!(factors(18_446_744_073_709_551_557), None, "a prime");
        assert_eq!(factors(2 * q), None, "an even number");
        assert_eq!(factors(1_000_003 * 1_000_033 * 1_000_037), None, "three primes");
    }
}
