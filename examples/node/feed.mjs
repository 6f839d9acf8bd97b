import { connect } from '@hubbub/client';

const application = process.env.APPLICATION_URL ?? 'http://localhost:8081';

async function session() {
  const answer = await fetch(`${application}/token`, { headers: { 'x-user': 'ben' } });
  if (!answer.ok) throw new Error(`status ${answer.status}`);
  return answer.json();
}

const { url } = await session().catch((error) => {
  console.error(
    `${application} gives no token (${error.cause?.code ?? error.message}): is the application running?`,
  );
  process.exit(1);
});
const hub = connect(url, { token: async () => (await session()).token });
hub.feed.subscribe(() => {
  const { items, counts } = hub.feed.getSnapshot();
  if (items[0]) console.log(`${items[0].action.text} (${counts.unread} unread)`);
});
