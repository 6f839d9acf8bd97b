/** The application's program: it connects as the address says, and keeps a probe for the tests. */
import type { HubbubInbox } from '../../../../client-sdk/element/index.ts';
import '../../../../client-sdk/element/index.ts';
import { connect, type Hub } from '../../../../client-sdk/src/index.ts';
import { Probe } from './probe.ts';

const asked = Object.fromEntries(new URLSearchParams(location.search));
const inbox = document.querySelector<HubbubInbox>('hubbub-inbox');
if (!inbox) throw new Error('the page has no inbox');

async function token(): Promise<string> {
  const answer = await fetch(`/token?user=${asked.user}&lifetime=${asked.lifetime ?? 3600}`);
  if (!answer.ok) throw new Error(`no token: ${answer.status}`);
  return answer.text();
}

let hub: Hub | null = null;
if (asked.connects === 'own') {
  inbox.token = token;
  inbox.url = asked.hub ?? '';
} else if (asked.connects !== 'text') {
  hub = connect(asked.hub ?? '', { token, locale: asked.lang });
  inbox.hub = hub;
}
if (!inbox.shadowRoot) throw new Error('the inbox cannot be looked into');
Object.assign(globalThis, { inbox, probe: new Probe(inbox.shadowRoot, hub) });
