"use strict";
// Hashes. Web Crypto computes them; a file too large to be held at once, or a browser that gives
// Web Crypto to no page opened from the disk, is hashed piece by piece by Sha256 (FIPS 180-4).

const HELD_AT_ONCE = 256 * 1024 * 1024;
const ENCODE = new TextEncoder();
const subtle = globalThis.crypto && globalThis.crypto.subtle;

const hex = (bytes) => Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");

function fromHex(text, size) {
  if (typeof text !== "string" || text.length !== size * 2 || !/^[0-9a-f]*$/.test(text)) {
    throw new Error("not so many bytes in small hexadecimal letters");
  }
  return Uint8Array.from({ length: size }, (_, at) => parseInt(text.slice(at * 2, at * 2 + 2), 16));
}

function fromBase64(text) {
  const bytes = Uint8Array.from(atob(text), (char) => char.charCodeAt(0));
  if (toBase64(bytes) !== text) throw new Error("not base64 as it is written here");
  return bytes;
}

function toBase64(bytes) {
  let text = "";
  for (const byte of bytes) text += String.fromCharCode(byte);
  return btoa(text);
}

function joined(...parts) {
  const whole = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}

const same = (one, other) => one.length === other.length && one.every((byte, at) => byte === other[at]);

class Sha256 {
  static #K = Sha256.#constants();

  #state = new Int32Array([
    0x6a09e667, 0xbb67ae85, 0x3c6ef372, 0xa54ff53a, 0x510e527f, 0x9b05688c, 0x1f83d9ab, 0x5be0cd19,
  ]);
  #block = new Uint8Array(64);
  #words = new Int32Array(64);
  #filled = 0;
  #length = 0;

  static #constants() {
    const found = [];
    for (let number = 2; found.length < 64; number++) {
      let prime = true;
      for (let by = 2; by * by <= number; by++) if (number % by === 0) prime = false;
      if (prime) found.push(((Math.cbrt(number) % 1) * 2 ** 32) | 0);
    }
    return new Int32Array(found);
  }

  update(bytes) {
    this.#length += bytes.length;
    let at = 0;
    if (this.#filled) {
      at = Math.min(64 - this.#filled, bytes.length);
      this.#block.set(bytes.subarray(0, at), this.#filled);
      this.#filled += at;
      if (this.#filled < 64) return this;
      this.#take(this.#block, 0, 64);
    }
    const whole = at + ((bytes.length - at) & ~63);
    this.#take(bytes, at, whole);
    this.#filled = bytes.length - whole;
    this.#block.set(bytes.subarray(whole));
    return this;
  }

  // Whole blocks of 64 bytes; written out, because it runs once for each byte of a video.
  #take(bytes, from, to) {
    const words = this.#words, state = this.#state, K = Sha256.#K;
    for (; from < to; from += 64) {
      for (let at = 0, place = from; at < 16; at++, place += 4) {
        words[at] = (bytes[place] << 24) | (bytes[place + 1] << 16) | (bytes[place + 2] << 8) | bytes[place + 3];
      }
      for (let at = 16; at < 64; at++) {
        const x = words[at - 15], y = words[at - 2];
        const low = ((x >>> 7) | (x << 25)) ^ ((x >>> 18) | (x << 14)) ^ (x >>> 3);
        const high = ((y >>> 17) | (y << 15)) ^ ((y >>> 19) | (y << 13)) ^ (y >>> 10);
        words[at] = (words[at - 16] + low + words[at - 7] + high) | 0;
      }
      let a = state[0], b = state[1], c = state[2], d = state[3];
      let e = state[4], f = state[5], g = state[6], h = state[7];
      for (let at = 0; at < 64; at++) {
        const s1 = ((e >>> 6) | (e << 26)) ^ ((e >>> 11) | (e << 21)) ^ ((e >>> 25) | (e << 7));
        const one = (h + s1 + ((e & f) ^ (~e & g)) + K[at] + words[at]) | 0;
        const s0 = ((a >>> 2) | (a << 30)) ^ ((a >>> 13) | (a << 19)) ^ ((a >>> 22) | (a << 10));
        const two = (s0 + ((a & b) ^ (a & c) ^ (b & c))) | 0;
        h = g; g = f; f = e; e = (d + one) | 0; d = c; c = b; b = a; a = (one + two) | 0;
      }
      state[0] = (state[0] + a) | 0; state[1] = (state[1] + b) | 0;
      state[2] = (state[2] + c) | 0; state[3] = (state[3] + d) | 0;
      state[4] = (state[4] + e) | 0; state[5] = (state[5] + f) | 0;
      state[6] = (state[6] + g) | 0; state[7] = (state[7] + h) | 0;
    }
    this.#filled = 0;
  }

  digest() {
    const bits = this.#length * 8;
    this.update(Uint8Array.of(0x80));
    this.update(new Uint8Array((120 - this.#filled) % 64));
    const tail = new DataView(new ArrayBuffer(8));
    tail.setUint32(0, Math.floor(bits / 2 ** 32));
    tail.setUint32(4, bits >>> 0);
    this.update(new Uint8Array(tail.buffer));
    const out = new DataView(new ArrayBuffer(32));
    this.#state.forEach((word, at) => out.setInt32(at * 4, word));
    return new Uint8Array(out.buffer);
  }
}

async function sha256(...parts) {
  const bytes = parts.length === 1 ? parts[0] : joined(...parts);
  if (!subtle) return new Sha256().update(bytes).digest();
  return new Uint8Array(await subtle.digest("SHA-256", bytes));
}

// The SHA-256 (hex) of a file; "" where it is not as long as it should be, however long it is.
async function digestOf(file, size, told) {
  if (file.size !== size) return "";
  const whole = subtle && size <= HELD_AT_ONCE ? new Uint8Array(size) : null;
  const running = whole ? null : new Sha256();
  let left = size;
  const reader = file.stream().getReader();
  for (;;) {
    const { done, value } = await reader.read();
    if (done) break;
    if (value.length > left) {
      await reader.cancel();
      return "";
    }
    if (whole) whole.set(value, size - left);
    left -= value.length;
    if (running) running.update(value);
    told(value.length);
  }
  if (left !== 0) return "";
  return hex(whole ? await sha256(whole) : running.digest());
}

// Whether Ed25519 signed a message: true, false, or null where this browser cannot tell.
async function isSigned(spki, signature, message) {
  if (!subtle) return null;
  let key;
  try {
    key = await subtle.importKey("spki", spki, { name: "Ed25519" }, false, ["verify"]);
  } catch (error) {
    if (error.name === "NotSupportedError") return null;
    throw error;
  }
  return subtle.verify({ name: "Ed25519" }, key, signature, message);
}
