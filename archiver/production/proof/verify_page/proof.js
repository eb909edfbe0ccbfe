// The proof file: whether it is whole, who signed it, and what it says (the layout is told in the
// city's program, archiver/production/proof/form.py).

const FORMAT = '{"format":"archiver production proof, version 1",';
const HEAD = "archiver production proof\n";
const SEAL_HEAD = "archiver seal\n";
const GROUPS = ["text", "author", "place", "details", "media", "raw"];
const DAMAGED = "is damaged: ask the city for it again";

class Damaged extends Error {}

async function readProof(bytes) {
  const text = new TextDecoder("latin1").decode(bytes);
  if (!text.startsWith(FORMAT + "\n")) {
    throw new Damaged("is no proof file of this program, or is damaged");
  }
  const last = text.lastIndexOf("\n", text.length - 2) + 1;
  const signed = text.lastIndexOf("\n", last - 2) + 1;
  const whole = hex(await sha256(bytes.subarray(0, last)));
  const plain = bytes.every((byte) => byte < 128);
  if (!plain || text.slice(last) !== `"sha256":"${whole}"}\n` ||
      !text.startsWith('"signed":', signed)) {
    throw new Damaged(DAMAGED);
  }
  try {
    return await statementOf(JSON.parse(text), hex(await sha256(bytes.subarray(0, signed))));
  } catch {
    throw new Damaged(DAMAGED);
  }
}

const text = (found) => typeof found === "string";
const number = (found) => Number.isInteger(found);
const maybe = (fits) => (found) => found === null || fits(found);
const list = (fits) => (found) => Array.isArray(found) && found.every(fits);
const table = (fits) => (found) => isObject(found) && Object.values(found).every(fits);
const shape = (fields) => (found) => isObject(found) &&
  Object.keys(found).every((name) => name in fields) &&
  Object.entries(fields).every(([name, fits]) => fits(found[name]));
const isObject = (found) => found !== null && typeof found === "object" && !Array.isArray(found);
const opened = shape({ key: text, content: text });

const isProof = shape({
  format: text,
  keys: list(shape({ fingerprint: text, pem: text })),
  seals: list(shape({ n: number, sealed_at: text, signed: text, signature: text, time_stamp: maybe(text) })),
  records: list(shape({
    number, first_page: text, version: number, earlier: (found) => typeof found === "boolean", leaf: text,
    sealed: maybe(shape({ seal: number, index: number, size: number, path: list(text) })),
    commitments: table(text), groups: table((found) => text(found) || opened(found)),
  })),
  withheld: list(shape({ sheet: number, commitment: text })),
  signed: text, signature: text, key: text, time_stamp: maybe(text), sha256: text,
});

async function statementOf(said, evidence) {
  if (!isProof(said)) throw new Error("another shape");
  if (!said.signed.startsWith(HEAD)) throw new Error("another message");
  const statement = JSON.parse(said.signed.slice(HEAD.length));
  const message = ENCODE.encode(said.signed);
  const key = spkiOf(said.key);
  const signature = fromHex(said.signature, 64);
  const token = said.time_stamp === null ? null : fromBase64(said.time_stamp);
  const fingerprint = hex(await sha256(key));
  const valid = await isSigned(key, signature, message);
  const problems = [];
  if (fingerprint !== statement.key) problems.push("it names another key than it shows");
  if (valid === false) problems.push("the city's signature is not over what it says");
  if (statement.evidence !== evidence) {
    problems.push("what it says of the records was changed after it was signed");
  }
  const digest = await sha256(message, signature);
  return { said, statement, key: fingerprint, valid, token, digest, problems };
}

function spkiOf(pem) {
  const found = /^-----BEGIN PUBLIC KEY-----\n([A-Za-z0-9+/=]+)\n-----END PUBLIC KEY-----\n$/.exec(pem);
  const key = fromBase64(found[1]);
  if (key.length !== 44 || hex(key.subarray(0, 12)) !== "302a300506032b6570032100") {
    throw new Error("no Ed25519 key");
  }
  return key;
}

// What an RFC 3161 answer says: its time, where it is over this digest. Who signed it is not
// checked here: that needs the authority's certificate, and `openssl ts -verify`.
async function stampOf(token, digest) {
  let info;
  try {
    const [, content] = children(element(token, 0));
    const [signed] = children(children(content)[1]);
    const [octets] = children(children(children(signed)[2])[1]);
    info = children(element(octets.bytes, 0));
  } catch {
    info = null;
  }
  if (!info) throw new Error("it is no answer of a time-stamp authority (RFC 3161)");
  const imprint = children(info[2]);
  if (!same(imprint[1].bytes, await sha256(digest))) {
    throw new Error("its time stamp is over something else");
  }
  const time = info.find((one) => one.tag === 0x18);
  const said = new TextDecoder().decode(time.bytes);
  const parts = /^(\d{4})(\d\d)(\d\d)(\d\d)(\d\d)(\d\d)(\.\d+)?Z$/.exec(said);
  const [, year, month, day, hour, minute, second] = parts;
  return `${year}-${month}-${day}T${hour}:${minute}:${second}Z`;
}

function element(data, at) {
  let length = data[at + 1], from = at + 2;
  if (length & 0x80) {
    const size = length & 0x7f;
    if (size < 1 || size > 4) throw new Error("no definite length");
    length = 0;
    for (let place = 0; place < size; place++) length = length * 256 + data[from + place];
    from += size;
  }
  if (from + length > data.length) throw new Error("cut off");
  return { tag: data[at], bytes: data.subarray(from, from + length), end: from + length };
}

function children(one) {
  const found = [];
  for (let at = 0; at < one.bytes.length; at = found[found.length - 1].end) {
    found.push(element(one.bytes, at));
  }
  return found;
}

async function checkSeals(said, problems) {
  const keys = new Map();
  for (const entry of said.keys) {
    const key = spkiOf(entry.pem);
    keys.set(hex(await sha256(key)), key);
  }
  const found = [];
  let before = null;
  for (const entry of said.seals) {
    let body, signature, root, previous, token;
    try {
      if (!entry.signed.startsWith(SEAL_HEAD)) throw new Error("no seal");
      body = JSON.parse(entry.signed.slice(SEAL_HEAD.length));
      signature = fromHex(entry.signature, 64);
      root = fromHex(body.root, 32);
      previous = fromHex(body.previous, 32);
      token = entry.time_stamp === null ? null : fromBase64(entry.time_stamp);
    } catch {
      problems.push(`seal ${entry.n} cannot be read`);
      continue;
    }
    const message = ENCODE.encode(entry.signed);
    const key = keys.get(body.key);
    const fits = body.n === entry.n && body.sealed_at === entry.sealed_at;
    if (!fits || !key || (await isSigned(key, signature, message)) === false) {
      problems.push(`seal ${body.n} is not signed by a key of the city`);
    }
    if (before && !(before.n === body.n - 1 && same(before.digest, previous))) {
      problems.push(`seal ${body.n} does not hold the one before it`);
    }
    const digest = await sha256(message, signature);
    before = { n: body.n, digest };
    let anchored = null;
    if (token) {
      try {
        anchored = await stampOf(token, digest);
      } catch (error) {
        problems.push(`the time stamp of seal ${body.n}: ${error.message}`);
      }
    }
    found.push({ n: body.n, sealedAt: entry.sealed_at, root, anchored });
  }
  let newest = null;
  for (const seal of found.reverse()) {
    newest = seal.anchored || newest;
    seal.anchored = newest;
  }
  return new Map(found.map((seal) => [seal.n, seal]));
}

async function leads(leaf, at, path, root) {
  const { index, size } = at;
  if (!Number.isInteger(index) || !Number.isInteger(size) || index < 0 || index >= size) return false;
  let first = index, last = size - 1, digest = leaf;
  const half = (number) => Math.floor(number / 2);
  for (const step of path) {
    if (last === 0) return false;
    if (first % 2 === 1 || first === last) {
      digest = await sha256(Uint8Array.of(1), step, digest);
      while (first % 2 === 0 && first > 0) {
        first = half(first);
        last = half(last);
      }
    } else {
      digest = await sha256(Uint8Array.of(1), digest, step);
    }
    first = half(first);
    last = half(last);
  }
  return last === 0 && same(digest, root);
}
