import { connect } from '@hubbub/client';

const application = process.env.APPLICATION_URL ?? 'http://localhost:8081';

async function session() {
  const answer = await fetch(`${application}/token`, { headers: { 'x-user': 'ben' } });
  return answer.json();
}

const { url } = await session();
const hub = connect(url, { token: async () => (await session()).token });
hub.feed.subscribe(() => {
  const { items, counts } = hub.feed.getSnapshot();
  if (items[0]) console.log(`${items[0].action.text} (${counts.unread} unread)`);
});
