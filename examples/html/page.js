// Gives the bell its hub. `?as=` stands for a sign-in: a real application knows who is there.
const user = new URLSearchParams(location.search).get('as') ?? 'monalisa';
document.querySelector('#user').textContent = user;

/** Asked for again whenever the hub wants a fresh one. */
async function session() {
  const answer = await fetch(`/token?user=${encodeURIComponent(user)}`);
  if (!answer.ok) throw new Error(`no token: ${await answer.text()}`);
  return answer.json();
}

const bell = document.querySelector('hubbub-inbox');
bell.token = async () => (await session()).token;
session().then(({ url }) => {
  bell.url = url;
});
