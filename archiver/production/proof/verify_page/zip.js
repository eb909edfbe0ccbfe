// A zip, read without being unpacked (APPNOTE.TXT 6.3). What could write outside its folder, name a
// file twice, hide a link or a password, or swell without end is refused.

const MOST_MEMBERS = 200000;
const REFUSED = "the zip is refused";

class Refused extends Error {}

async function viewOf(blob, from, to) {
  return new DataView(await blob.slice(from, to).arrayBuffer());
}

async function directoryOf(blob) {
  const start = Math.max(0, blob.size - 65557);
  const tail = await viewOf(blob, start, blob.size);
  for (let at = tail.byteLength - 22; at >= 0; at--) {
    if (tail.getUint32(at, true) !== 0x06054b50) continue;
    let count = tail.getUint16(at + 10, true);
    let size = tail.getUint32(at + 12, true);
    let offset = tail.getUint32(at + 16, true);
    if ((count === 0xffff || size === 0xffffffff || offset === 0xffffffff) && at >= 20 &&
        tail.getUint32(at - 20, true) === 0x07064b50) {
      const place = Number(tail.getBigUint64(at - 12, true));
      const large = await viewOf(blob, place, place + 56);
      count = Number(large.getBigUint64(32, true));
      size = Number(large.getBigUint64(40, true));
      offset = Number(large.getBigUint64(48, true));
    }
    return { count, size, offset };
  }
  throw new Refused("is damaged, or no zip: ask for it again");
}

async function readZip(blob) {
  const { count, size, offset } = await directoryOf(blob);
  if (count > MOST_MEMBERS) throw new Refused(`names more than 200,000 files: it is refused`);
  const view = await viewOf(blob, offset, offset + size);
  const decoder = new TextDecoder("utf-8", { fatal: true });
  const members = [];
  let at = 0;
  try {
    for (let number = 0; number < count; number++) {
      if (view.getUint32(at, true) !== 0x02014b50) throw new Error();
      const lengths = [28, 30, 32].map((place) => view.getUint16(at + place, true));
      const name = decoder.decode(new Uint8Array(view.buffer, at + 46, lengths[0]));
      const member = {
        name,
        flags: view.getUint16(at + 8, true),
        method: view.getUint16(at + 10, true),
        crc: view.getUint32(at + 16, true),
        packed: view.getUint32(at + 20, true),
        size: view.getUint32(at + 24, true),
        kind: (view.getUint32(at + 38, true) >>> 28) & 0xf,
        offset: view.getUint32(at + 42, true),
        nameLength: lengths[0],
        nameBytes: new Uint8Array(view.buffer, at + 46, lengths[0]),
      };
      widen(member, view, at + 46 + lengths[0], lengths[1]);
      members.push(member);
      at += 46 + lengths[0] + lengths[1] + lengths[2];
    }
  } catch {
    throw new Refused("is damaged, or no zip: ask for it again");
  }
  refuseUnsafe(members);
  return members
    .filter((member) => !member.name.endsWith("/"))
    .map((member) => ({
      path: member.name,
      file: { size: member.size, stream: () => memberStream(blob, member) },
    }));
}

function widen(member, view, from, length) {
  for (let at = from; at + 4 <= from + length; at += 4 + view.getUint16(at + 2, true)) {
    if (view.getUint16(at, true) !== 1) continue;
    let place = at + 4;
    for (const field of ["size", "packed", "offset"]) {
      if (member[field] === 0xffffffff) {
        member[field] = Number(view.getBigUint64(place, true));
        place += 8;
      }
    }
  }
}

function refuseUnsafe(members) {
  const seen = new Set();
  let end = 0;
  for (const member of [...members].sort((one, other) => one.offset - other.offset)) {
    const name = `“${member.name.slice(0, 200)}”`;
    const parts = member.name.replace(/\/$/, "").split("/");
    if (parts.some((part) => ["", ".", ".."].includes(part)) || /[\0\\:]/.test(member.name)) {
      throw new Refused(`${name} points outside its folder: ${REFUSED}`);
    }
    if (![0, 4, 8].includes(member.kind)) throw new Refused(`${name} is no plain file: ${REFUSED}`);
    if (member.flags & 1) throw new Refused(`${name} is locked with a password: ${REFUSED}`);
    if (member.method !== 0 && member.method !== 8) {
      throw new Refused(`${name} is packed in a way no packet uses: ${REFUSED}`);
    }
    if (seen.has(member.name.toLowerCase())) throw new Refused(`${name} is named twice: ${REFUSED}`);
    seen.add(member.name.toLowerCase());
    if (member.offset < end) throw new Refused(`${name} lies over another file: ${REFUSED}`);
    end = member.offset + 30 + member.nameLength + member.packed;
  }
}

const CRC = Uint32Array.from({ length: 256 }, (_, value) => {
  for (let bit = 0; bit < 8; bit++) value = value & 1 ? (value >>> 1) ^ 0xedb88320 : value >>> 1;
  return value;
});

function memberStream(blob, member) {
  let inner = null, crc = -1, left = member.size;
  const open = async () => {
    const head = await viewOf(blob, member.offset, member.offset + 30);
    if (head.byteLength < 30 || head.getUint32(0, true) !== 0x04034b50) throw new Error("damaged");
    const named = head.getUint16(26, true), from = member.offset + 30;
    const name = new Uint8Array(await blob.slice(from, from + named).arrayBuffer());
    if (!same(name, member.nameBytes)) throw new Error("damaged");
    const start = from + named + head.getUint16(28, true);
    const packed = blob.slice(start, start + member.packed).stream();
    return member.method === 8 ? packed.pipeThrough(new DecompressionStream("deflate-raw")) : packed;
  };
  return new ReadableStream({
    async pull(controller) {
      inner = inner || (await open()).getReader();
      const { done, value } = await inner.read();
      if (!done && (left -= value.length) < 0) {
        await inner.cancel();
        controller.error(new Error("longer than it says"));
      } else if (!done) {
        for (const byte of value) crc = (crc >>> 8) ^ CRC[(crc ^ byte) & 0xff];
        controller.enqueue(value);
      } else if ((crc ^ -1) >>> 0 !== member.crc) controller.error(new Error("damaged"));
      else controller.close();
    },
    cancel: () => inner && inner.cancel(),
  });
}
