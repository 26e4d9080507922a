// Two users of mtcute at a server: keys, log-in, and the calls of a secret chat, whose messages are opaque here.
//
// ADDRESS PORT DATA_CENTER KEY_FILE CODE, as ../mtcute.rs gives them.
import assert from 'node:assert/strict'
import { createHash, randomBytes } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { Long, MemoryStorage, TelegramClient } from '@mtcute/node'
import { NodeCryptoProvider, addPublicKey } from '@mtcute/node/utils.js'

const [ipAddress, port, dc, keyFile, code] = process.argv.slice(2)

const crypto = new NodeCryptoProvider()
await crypto.initialize?.()
addPublicKey(crypto, readFileSync(keyFile, 'utf8'))

class User {
    updates = []
    waiting = []

    constructor(usePfs) {
        const main = { id: Number(dc), ipAddress, port: Number(port) }
        this.client = new TelegramClient({
            apiId: 1,
            apiHash: 'hash',
            storage: new MemoryStorage(),
            crypto,
            defaultDcs: { main, media: main },
            network: { usePfs },
            logLevel: 1,
        })
        this.client.onRawUpdate.add(({ update }) => {
            this.updates.push(update)
            this.waiting.splice(0).forEach((wake) => wake())
        })
    }

    // Logs in as the user of a number, who does not have to be known.
    async logIn(phone) {
        const sent = await this.client.sendCode({ phone })
        const signedIn = await this.client.signIn({ phone, phoneCodeHash: sent.phoneCodeHash, phoneCode: code })
        const me = await this.client.getMe()
        assert.equal(me.id, signedIn.id)
        assert.equal(me.phoneNumber, phone.slice(1))
        this.phone = phone
        this.id = me.id
    }

    // The next update for which `pick` gives something.
    async next(pick) {
        for (;;) {
            while (this.updates.length) {
                const picked = pick(this.updates.shift())
                if (picked) return picked
            }
            await new Promise((wake) => this.waiting.push(wake))
        }
    }

    chat(state) {
        return this.next((update) => update._ === 'updateEncryption' && update.chat._ === state && update.chat)
    }

    message() {
        return this.next((update) => update._ === 'updateNewEncryptedMessage' && update)
    }
}

function number(bytes) {
    return BigInt(`0x${Buffer.from(bytes).toString('hex')}`)
}

function bytes(number) {
    return Buffer.from(number.toString(16).padStart(512, '0'), 'hex')
}

function power(base, exponent, modulus) {
    let result = 1n
    for (; exponent > 0n; exponent >>= 1n) {
        if (exponent & 1n) result = (result * base) % modulus
        base = (base * base) % modulus
    }
    return result
}

async function secret(client) {
    const config = await client.call({ _: 'messages.getDhConfig', version: 0, randomLength: 256 })
    assert.equal(config._, 'messages.dhConfig')
    assert.equal(config.random.length, 256)
    const [prime, exponent] = [number(config.p), number(randomBytes(256))]
    const publicValue = bytes(power(BigInt(config.g), exponent, prime))
    return { publicValue, keyWith: (other) => bytes(power(number(other), exponent, prime)) }
}

function fingerprint(key) {
    return Long.fromBytesLE([...createHash('sha1').update(key).digest().subarray(12)])
}

async function sendMessage(from, to, chat, keyFingerprint) {
    const data = Buffer.concat([Buffer.from(keyFingerprint.toBytesLE()), randomBytes(16 + 1024)])
    const randomId = Long.fromBytesLE([...randomBytes(8)])
    const peer = { _: 'inputEncryptedChat', chatId: chat.id, accessHash: chat.accessHash }
    const sent = await from.client.call({ _: 'messages.sendEncrypted', peer, randomId, data })
    const { message, qts } = await to.message()
    assert.deepEqual(Buffer.from(message.bytes), data)
    assert.ok(message.randomId.eq(randomId))
    assert.equal(message.date, sent.date)
    const confirmed = await to.client.call({ _: 'messages.receivedQueue', maxQts: qts })
    assert.ok(confirmed.length === 1 && confirmed[0].eq(randomId))
}

async function secretChat(alice, bob) {
    const { users } = await alice.client.call({ _: 'contacts.resolvePhone', phone: bob.phone })
    const userId = { _: 'inputUser', userId: users[0].id, accessHash: users[0].accessHash }
    const [mine, yours] = [await secret(alice.client), await secret(bob.client)]
    const randomId = randomBytes(4).readInt32LE() || 1
    const request = { _: 'messages.requestEncryption', userId, randomId, gA: mine.publicValue }
    assert.equal((await alice.client.call(request))._, 'encryptedChatWaiting')

    const requested = await bob.chat('encryptedChatRequested')
    assert.equal(requested.id, randomId)
    assert.equal(requested.adminId, alice.id)
    const key = yours.keyWith(requested.gA)
    const peer = { _: 'inputEncryptedChat', chatId: requested.id, accessHash: requested.accessHash }
    const accept = { _: 'messages.acceptEncryption', peer, gB: yours.publicValue, keyFingerprint: fingerprint(key) }
    const accepted = await bob.client.call(accept)
    assert.equal(accepted._, 'encryptedChat')

    const ready = await alice.chat('encryptedChat')
    assert.deepEqual(mine.keyWith(ready.gAOrB), key)
    assert.ok(ready.keyFingerprint.eq(fingerprint(key)))
    for (let i = 0; i < 3; i += 1) {
        await sendMessage(alice, bob, ready, fingerprint(key))
        await sendMessage(bob, alice, accepted, fingerprint(key))
    }
    await bob.client.call({ _: 'messages.discardEncryption', chatId: ready.id })
    await alice.chat('encryptedChatDiscarded')
}

for (const usePfs of [false, true]) {
    const [alice, bob] = [new User(usePfs), new User(usePfs)]
    const first = usePfs ? 2 : 0
    await alice.logIn(`+9996600000${first + 1}`)
    await bob.logIn(`+9996600000${first + 2}`)
    console.log(`  ${usePfs ? 'temporary keys' : 'permanent keys'}: ${alice.id} and ${bob.id} are logged in`)
    await secretChat(alice, bob)
    console.log('  a chat was requested, accepted and discarded; 6 messages arrived')
    await alice.client.destroy()
    await bob.client.destroy()
}
// What is left of the clients keeps the process alive.
process.exit()
