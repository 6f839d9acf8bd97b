import { limits } from '../../../protocol/limits.ts';

/** The request that an event is about, for the hub's event record. It is never stored. */
export interface RequestFacts {
  method: string;
  /** Without the query, which may contain secrets. */
  path: string;
  address: string | null;
  agent: string | null;
}

/** The maximum length of an IP address with a zone. */
const MAX_ADDRESS = 64;

/** Encodes the `Hubbub-Request` header: JSON in base64url. Long fields are truncated. */
export const encodeFacts = ({ method, path, address, agent }: RequestFacts): string => {
  const facts = {
    method,
    path: path.slice(0, limits.requestPath),
    address: address?.slice(0, MAX_ADDRESS) ?? null,
    agent: agent?.slice(0, limits.requestAgent) ?? null,
  };
  return Buffer.from(JSON.stringify(facts)).toString('base64url');
};
