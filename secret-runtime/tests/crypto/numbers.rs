//! Numbers of 2048 bits, made with OpenSSL and checked with another implementation of the test.

use super::vectors::hex;

/// A number `p` in hexadecimal digits.
pub(super) struct Number {
    digits: &'static str,
    /// Those of 2 to 7 that are squares modulo `p`, by Euler's criterion; empty when `p` is not prime.
    pub(super) squares: &'static [i32],
}

impl Number {
    pub(super) fn bytes(&self) -> Vec<u8> {
        hex(self.digits)
    }
}

/// Not Telegram's. `p` and `(p - 1) / 2` are prime.
pub(super) const SAFE_PRIME: Number = Number {
    digits: "ef20c5f5e63ded4403011c270c3a1105d7a15cb9061a7fb91adb37b50a8d147895a6a9e8f1d8e9f50df7a374696228553e9f\
     ceca7e3d671f0365ca2cd6705bed520f98deb12c2dd5e3869e458cb6f0254d0c93bb22825e6509955a8bd20f7d1ea0f8267e\
     d1ebe5716f858f363b24241fd34ccd49858c64f0eb55c0e9a3b56a9d5ef5ae5061cf9d86ffa64942dfa4055c234777604c4c\
     e24e462d4644ee1481c8297c59ebe5ca5c4f4591d097391fdf65774ab70f76da244755617a93e91df44b462c7f4c6153b510\
     6b2b1d6522384801371ee4f69fd8ef3763568b572e5288fa489e4248b1da89bddfce2bff9d8846c9ad5b44af27dec7ba9250\
     47429baf63e3",
    squares: &[3, 4, 7],
};

/// `(p - 1) / 2` is prime, `p` is not.
pub(super) const COMPOSITE: Number = Number {
    digits: "d9afa09fcbaf8080d77e80fd3344d8f3c56682ad88286950eb8c23214430c2ac114c5022850730b17e2085a62c6b133a78f0\
     14346de519ea642ee3ea550b7bbb43352c6e61b7d0bd7971eda683c45dbb097aa4c3c648bce384339769472dd3433311f0da\
     7cf36bf9756e0036550b9a10d651595901920c6cd18ede55a05d939ffa3f1d45b2afdf1d37b850379ce4f8543aa829f3ff5c\
     d8cdf8f63950879aaa0c4d8d71b3c813ade59a7b1d8fc2d2258171dee060ee33778a002d05c3fed53b6bfc65d6e435a38a51\
     988c37440eb817bb3c821e893e422a027186ee2b2292ee59a1c1237d4ec087245cbae4ce95db0b0eeededdf9c835b8ed2812\
     a02bdc072d07",
    squares: &[],
};

/// `p` is prime and 3 modulo 4, `(p - 1) / 2` is composite.
pub(super) const PRIMES: [Number; 3] = [
    Number {
        digits: "c92e5d294becb091803eced09e06026b3f6f9de2c69a6b09da13a39f250f56987aabfb3cd043c2c0b86e9c26e8807ce0c7de\
     a6b43d4af50ea7c480b9cebf53894b4390aa325404dec6e9350ed1fc6f29aa877e427a63de152c171f7301005991aa57916b\
     2c5aaa97bdc2a59fd4134d97dcae978e1ab0304b1d251dadcfe40dd0718d4492a88b51c3e72ec6b4bf97299192a9bd175600\
     3d8a591da7727974380bc57e00a4f5cce5b6881149a42c3148964c1d3a5fe34e0ae626996b7fbf0117842a1b23142e1e839c\
     e9bee24e861c28f90b214913742a3ebe8b364fe7db2b8081ce4fcd07a7af5d19dca96ae3599ccd1238f6ec059c862bc1f59b\
     0f9a9d7bb07b",
        squares: &[4, 5, 6],
    },
    Number {
        digits: "d1a80b9ac5e4b8cf315ddf7216cf13e70c12a6d8e1428439e19fd0ceef5950a632dcde9c5b8c1b12db12b8ece6f1dd29c566\
     ab8d4c12c0d4cf9e29953b2f24b380249c35aecdb7342409508f338681461e19e136446f0403fe19c77f2ff05e7f5954fe0d\
     f6d6ace147441e98486a6d2f42850f44c1c5fefbf0a5c9795139e8ebe8cf6ada016ef828cbb72523aef9c0cd167cb6adb946\
     580b8ba7e996c01e73428ea9f34412495dba6e8543bbef28707a4d2cda6a7b0937b6a859943b85e9f727ddd5957dc402e12d\
     8314555da944d330bae080e6ffa7da915d07ae5866934b0c32b7b7cfe2fda1a3c005ac9ba9de1adca49bb0bf27f3ae755d37\
     2c16042091f7",
        squares: &[2, 3, 4, 5, 6, 7],
    },
    Number {
        digits: "d3bed90046f6049abe51f9340bc04763f82a67d42436c5115003db46477c3184c0a531988eeb1878979c6eadd59b6fbe968a\
     8f73b607afedfedf86e7d9f9a6d1ac5b212d9ced03058e4111366da9b575a2c95904e6a438f22bff51e6d19a79fb68362664\
     3f74f31c7fff47dd2680de5205f8e21cf2381caafae369cceec528a618e4237ff1a9e3982c7d4b9e6888f49bfe52df3e0721\
     062f4a2e9c48c9e98f8478ed33f32bfeb8b1686f2ad14bd54177a960aa74c6e2dd53776c88684f2ed6ea4b5cf94f5441d913\
     c8b298c17134458beacea053a3e43c43a0998d164b26c1c6bb00cae1a721ef947832c753f2c3d9aa91cac81044a8dc27e8f0\
     80a0b8595763",
        squares: &[4, 6],
    },
];
