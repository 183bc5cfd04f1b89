import { createHash } from 'node:crypto';
import { crc32 } from 'node:zlib';

/** S3's names in `x-amz-checksum-<name>`. */
export const CHECKSUMS = ['crc32', 'crc32c', 'crc64nvme', 'sha1', 'sha256', 'md5'] as const;
export type ChecksumName = (typeof CHECKSUMS)[number];

/** A checksum in the making; `digest` is base64, as in S3's headers. */
export interface Checksum {
  update(chunk: Uint8Array): void;
  digest(): string;
}

export function createChecksum(name: ChecksumName): Checksum {
  if (name === 'crc32') return zlibCrc32();
  if (name === 'crc32c') return tableCrc32c();
  if (name === 'crc64nvme') return tableCrc64();
  const hash = createHash(name);
  return { update: (chunk) => void hash.update(chunk), digest: () => hash.digest('base64') };
}

function zlibCrc32(): Checksum {
  let value = 0;
  return {
    update: (chunk) => {
      value = crc32(chunk, value);
    },
    digest: () => bytesOf(BigInt(value >>> 0), 4),
  };
}

/** Castagnoli's polynomial, reflected. */
const CRC32C = Uint32Array.from({ length: 256 }, (_, byte) => {
  let value = byte;
  for (let bit = 0; bit < 8; bit += 1) value = value & 1 ? (value >>> 1) ^ 0x82f63b78 : value >>> 1;
  return value;
});

function tableCrc32c(): Checksum {
  let value = 0xffffffff;
  return {
    update: (chunk) => {
      for (const byte of chunk) value = (CRC32C[(value ^ byte) & 0xff] ?? 0) ^ (value >>> 8);
    },
    digest: () => bytesOf(BigInt((value ^ 0xffffffff) >>> 0), 4),
  };
}

/** CRC-64/NVME, reflected, its table in halves, because BigInt arithmetic per byte takes a hundred times longer. */
const CRC64 = Array.from({ length: 256 }, (_, byte) => {
  let value = BigInt(byte);
  for (let bit = 0; bit < 8; bit += 1) value = value & 1n ? (value >> 1n) ^ 0x9a6c9329ac4bc9b5n : value >> 1n;
  return value;
});
const CRC64_LOW = Uint32Array.from(CRC64, (value) => Number(value & 0xffffffffn));
const CRC64_HIGH = Uint32Array.from(CRC64, (value) => Number(value >> 32n));

function tableCrc64(): Checksum {
  let low = 0xffffffff;
  let high = 0xffffffff;
  return {
    update: (chunk) => {
      for (const byte of chunk) {
        const index = (low ^ byte) & 0xff;
        low = ((low >>> 8) | (high << 24)) ^ (CRC64_LOW[index] ?? 0);
        high = (high >>> 8) ^ (CRC64_HIGH[index] ?? 0);
      }
    },
    digest: () => bytesOf((BigInt(~high >>> 0) << 32n) | BigInt(~low >>> 0), 8),
  };
}

function bytesOf(value: bigint, bytes: number): string {
  const buffer = Buffer.alloc(8);
  buffer.writeBigUInt64BE(value);
  return buffer.subarray(8 - bytes).toString('base64');
}
