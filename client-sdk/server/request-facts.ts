import { limits } from '../../protocol/limits.ts';

/** The request an event is about, for the hub's record of events; it is never stored. */
export interface RequestFacts {
  method: string;
  /** Without the query, which may hold what nobody should read. */
  path: string;
  address: string | null;
  agent: string | null;
}

/** Longest text of an address with a zone. */
const MOST_ADDRESS = 64;

/** As the hub takes it in the header `Hubbub-Request`: JSON in base64url, what is too long cut. */
export const encodeFacts = ({ method, path, address, agent }: RequestFacts): string => {
  const facts = {
    method,
    path: path.slice(0, limits.requestPath),
    address: address?.slice(0, MOST_ADDRESS) ?? null,
    agent: agent?.slice(0, limits.requestAgent) ?? null,
  };
  return Buffer.from(JSON.stringify(facts)).toString('base64url');
};
