//! AES-256 in infinite garble extension mode, in place. It neither pads nor authenticates.
//!
//! `c[i] = E(p[i] ^ c[i-1]) ^ p[i-1]` (<https://core.telegram.org/mtproto/description#defining-aes-key-and-initialization-vector>).
//! A state runs on across calls, so data may come in parts of any number of whole blocks.

use std::fmt;

use aes::cipher::array::Array;
use aes::cipher::consts::U16;
use aes::cipher::{
    BlockCipherDecBackend, BlockCipherDecClosure, BlockCipherDecrypt, BlockCipherEncBackend, BlockCipherEncClosure,
    BlockCipherEncrypt, BlockSizeUser, KeyInit,
};
use aes::{Aes256Dec, Aes256Enc};
use zeroize::{Zeroize, ZeroizeOnDrop};

/// Bytes in a block of AES.
pub const BLOCK: usize = 16;

type Block = [u8; BLOCK];

/// Encrypts. The key and the blocks that it remembers are wiped when it is dropped.
pub struct IgeEncryptor {
    cipher: Aes256Enc,
    chain: Chain,
}

impl IgeEncryptor {
    /// Starts with an initialization vector of two blocks: that before the first ciphertext block, then that before the
    /// first plaintext block.
    #[must_use]
    pub fn new(key: &[u8; 32], iv: &[u8; 32]) -> Self {
        let (ciphertext, plaintext) = halves(iv);
        Self { cipher: Aes256Enc::new(key.into()), chain: Chain { input: plaintext, output: ciphertext } }
    }

    /// Turns plaintext into ciphertext.
    ///
    /// # Errors
    /// [`PartialBlock`] when the length is not a multiple of 16; nothing has been changed then.
    pub fn encrypt(&mut self, data: &mut [u8]) -> Result<(), PartialBlock> {
        self.cipher.encrypt_with_backend(Step { chain: &mut self.chain, blocks: whole_blocks(data)? });
        Ok(())
    }

    /// The initialization vector that continues after what was encrypted so far: the last ciphertext block, then the
    /// last plaintext block.
    #[must_use]
    pub fn iv(&self) -> [u8; 32] {
        join(self.chain.output, self.chain.input)
    }
}

/// Decrypts. The key and the blocks that it remembers are wiped when it is dropped.
pub struct IgeDecryptor {
    cipher: Aes256Dec,
    chain: Chain,
}

impl IgeDecryptor {
    /// Starts with the vector that encryption started with.
    #[must_use]
    pub fn new(key: &[u8; 32], iv: &[u8; 32]) -> Self {
        let (ciphertext, plaintext) = halves(iv);
        Self { cipher: Aes256Dec::new(key.into()), chain: Chain { input: ciphertext, output: plaintext } }
    }

    /// Turns ciphertext into plaintext.
    ///
    /// # Errors
    /// [`PartialBlock`] when the length is not a multiple of 16; nothing has been changed then.
    pub fn decrypt(&mut self, data: &mut [u8]) -> Result<(), PartialBlock> {
        self.cipher.decrypt_with_backend(Step { chain: &mut self.chain, blocks: whole_blocks(data)? });
        Ok(())
    }

    /// The initialization vector that continues after what was decrypted so far: the last ciphertext block, then the
    /// last plaintext block.
    #[must_use]
    pub fn iv(&self) -> [u8; 32] {
        join(self.chain.input, self.chain.output)
    }
}

impl fmt::Debug for IgeEncryptor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { cipher: _, chain: _ } = self;
        f.debug_struct("IgeEncryptor").finish_non_exhaustive()
    }
}

impl fmt::Debug for IgeDecryptor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { cipher: _, chain: _ } = self;
        f.debug_struct("IgeDecryptor").finish_non_exhaustive()
    }
}

impl ZeroizeOnDrop for IgeEncryptor {}

impl ZeroizeOnDrop for IgeDecryptor {}

/// Data does not consist of whole blocks of 16 bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PartialBlock {
    /// The length of the data in bytes.
    pub length: usize,
}

impl fmt::Display for PartialBlock {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} bytes are not whole blocks of {BLOCK}: split data at multiples of {BLOCK}", self.length)
    }
}

impl std::error::Error for PartialBlock {}

fn whole_blocks(data: &mut [u8]) -> Result<&mut [Block], PartialBlock> {
    let length = data.len();
    match data.as_chunks_mut() {
        (blocks, []) => Ok(blocks),
        _ => Err(PartialBlock { length }),
    }
}

fn halves(iv: &[u8; 32]) -> (Block, Block) {
    match iv.as_chunks() {
        ([first, second], _) => (*first, *second),
        _ => unreachable!("32 bytes are two blocks"),
    }
}

fn join(first: Block, second: Block) -> [u8; 32] {
    let mut iv = [0; 32];
    iv.as_chunks_mut().0.iter_mut().zip([first, second]).for_each(|(to, from)| *to = from);
    iv
}

/// The last block that went in and the last that came out. With these names both directions are the same:
/// `out[i] = AES(in[i] ^ out[i-1]) ^ in[i-1]`.
struct Chain {
    input: Block,
    output: Block,
}

impl Chain {
    // Each block waits for the one before it, so the time from one output of AES to its next input is all that counts.
    // `out[i-1]` is `aes ^ in[i-2]`: the other two of the three values that make an input of AES are known a block ahead,
    // and `mask`, their XOR, is computed while AES is still busy.
    #[inline(always)]
    fn run(&mut self, mut blocks: &mut [Block], aes_in_place: impl Fn(&mut Array<u8, U16>)) {
        let (mut aes, mut before_last_input, mut last_input) = (Array(self.output), [0; BLOCK], self.input);
        let mut mask = blocks.first().copied().unwrap_or_default();
        while let [block, rest @ ..] = blocks {
            let input = *block;
            aes = Array(xor(aes.0, mask));
            mask = xor(rest.first().copied().unwrap_or_default(), last_input);
            aes_in_place(&mut aes);
            *block = xor(aes.0, last_input);
            (before_last_input, last_input) = (last_input, input);
            blocks = rest;
        }
        self.input = last_input;
        self.output = xor(aes.0, before_last_input);
    }
}

impl Drop for Chain {
    fn drop(&mut self) {
        let Self { input, output } = self;
        input.as_mut_slice().zeroize();
        output.as_mut_slice().zeroize();
    }
}

// Written so that the compiler makes one vector instruction of it; in place it takes the blocks apart.
#[inline(always)]
fn xor(left: Block, right: Block) -> Block {
    let mut result = [0; BLOCK];
    for (result, (left, right)) in result.iter_mut().zip(left.iter().zip(&right)) {
        *result = left ^ right;
    }
    result
}

/// A run over blocks as `aes` wants it: one choice of instructions for the whole run instead of one for each block.
struct Step<'a> {
    chain: &'a mut Chain,
    blocks: &'a mut [Block],
}

impl BlockSizeUser for Step<'_> {
    type BlockSize = U16;
}

impl BlockCipherEncClosure for Step<'_> {
    #[inline(always)]
    fn call<B: BlockCipherEncBackend<BlockSize = U16>>(self, backend: &B) {
        self.chain.run(self.blocks, |block| backend.encrypt_block_inplace(block));
    }
}

impl BlockCipherDecClosure for Step<'_> {
    #[inline(always)]
    fn call<B: BlockCipherDecBackend<BlockSize = U16>>(self, backend: &B) {
        self.chain.run(self.blocks, |block| backend.decrypt_block_inplace(block));
    }
}
