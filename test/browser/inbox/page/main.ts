/** The script of the application's page: connects by the URL's options, and creates a probe for the tests. */
import type { HubbubInbox } from '../../../../client-sdk/inbox/element/index.ts';
import '../../../../client-sdk/inbox/element/index.ts';
import { connect, type Hub } from '../../../../client-sdk/client/src/index.ts';
import { Probe } from './probe.ts';

const options = Object.fromEntries(new URLSearchParams(location.search));
const inbox = document.querySelector<HubbubInbox>('hubbub-inbox');
if (!inbox) throw new Error('the page has no inbox');

async function token(): Promise<string> {
  const response = await fetch(`/token?user=${options.user}&lifetime=${options.lifetime ?? 3600}`);
  if (!response.ok) throw new Error(`no token: ${response.status}`);
  return response.text();
}

let hub: Hub | null = null;
if (options.connects === 'own') {
  inbox.token = token;
  inbox.url = options.hub ?? '';
} else if (options.connects !== 'text') {
  hub = connect(options.hub ?? '', { token, locale: options.lang });
  inbox.hub = hub;
}
if (!inbox.shadowRoot) throw new Error('the inbox cannot be looked into');
Object.assign(globalThis, { inbox, probe: new Probe(inbox.shadowRoot, hub) });
