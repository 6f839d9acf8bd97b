import { expect, it } from 'vitest';
import { githubActions, readExamples, toAction } from '../../../demo/github.ts';
import { repeatActions } from '../../../demo/repeat-actions.ts';
import type { ActionInput, Ref } from '../../../protocol/entities.ts';
import { actionInput } from '../../../protocol/schemas/action.ts';

const examples = readExamples();

function actionOf(event: string, action?: string): ActionInput {
  const found = examples.find((each) => each.event === event && (!action || each.payload.action === action));
  if (!found) throw new Error(`There is no example of ${event} ${action}`);
  const mapped = toAction(found);
  if ('skipped' in mapped) throw new Error(`${event} is skipped: ${String(mapped.skipped)}`);
  return mapped;
}

const refs = (value: ActionInput['targets']): Ref[] => value as Ref[];

it('the demo maps every example to an action the hub accepts, or says why there is none', () => {
  expect(examples.length).toBeGreaterThan(300);
  const skipped: string[] = [];
  for (const example of examples) {
    const action = toAction(example);
    if ('skipped' in action) {
      skipped.push(`${example.event}: ${String(action.skipped)}`);
      continue;
    }
    expect(actionInput.safeParse(action), example.event).toMatchObject({ success: true });
  }
  expect(new Set(skipped)).toEqual(new Set(['security_advisory: it has no sender: nobody did it']));
});

it('an action names and links its objects, and its actor with a picture', () => {
  for (const example of examples) {
    const action = toAction(example);
    if ('skipped' in action) continue;
    expect(action.actor, example.event).toMatchObject({
      type: 'user',
      name: expect.any(String),
      url: expect.stringMatching(/^https?:/),
      image: expect.stringMatching(/^https?:/),
    });
    const targets = refs(action.targets);
    if (example.event !== 'github_app_authorization') expect(targets, example.event).not.toEqual([]);
    for (const target of targets) expect(target.name, `${example.event} ${target.id}`).toBeTruthy();
  }
});

it.each([
  ['issues', 'opened', 'opened issue', 'issue', 'Spelling error in the README file'],
  ['issue_comment', 'created', 'commented on issue', 'issue', 'Spelling error in the README file'],
  [
    'pull_request',
    'opened',
    'opened pull request',
    'pull_request',
    'Update the README with new information.',
  ],
  ['pull_request_review', 'submitted', 'reviewed pull request', 'pull_request', undefined],
  ['release', 'published', 'published release', 'release', '0.0.1'],
  ['push', undefined, 'pushed to branch', 'branch', 'master'],
  ['star', 'created', 'starred', 'repository', 'Codertocat/Hello-World'],
  ['fork', undefined, 'forked', 'repository', 'Codertocat/Hello-World'],
  ['commit_comment', 'created', 'commented on commit', 'commit', undefined],
  ['check_run', 'completed', 'completed check run', 'check_run', undefined],
  ['deployment', 'created', 'created deployment', 'deployment', undefined],
])('an action reads well: %s %s', (event, action, verb, type, name) => {
  const candidates = examples
    .filter((each) => each.event === event && (!action || each.payload.action === action))
    .map(toAction);
  expect(candidates).toContainEqual(
    expect.objectContaining({
      verb,
      targets: [expect.objectContaining({ type, ...(name === undefined ? {} : { name }) })],
    }),
  );
});

it('an action is related to its repository, with the owner’s picture, unless that is its target', () => {
  expect(refs(actionOf('issues', 'opened').related)).toEqual([
    expect.objectContaining({
      type: 'repository',
      id: 'Codertocat/Hello-World',
      url: 'https://github.com/Codertocat/Hello-World',
      image: expect.stringMatching(/^https?:/),
    }),
  ]);
  expect(actionOf('star').related).toEqual([]);
});

it('the examples have a deterministic order that mixes the events', () => {
  const order = examples.map(({ event }) => event);
  expect(readExamples().map(({ event }) => event)).toEqual(order);
  const longestRun = order.reduce(
    ({ longest, run }, event, index) => {
      const next = event === order[index - 1] ? run + 1 : 1;
      return { longest: Math.max(longest, next), run: next };
    },
    { longest: 0, run: 0 },
  ).longest;
  expect(longestRun).toBeLessThanOrEqual(2);
  expect(new Set(order.slice(0, 40)).size).toBeGreaterThan(15);
});

it('every action of every pass has a unique key', () => {
  const actions = githubActions();
  const sent = [...repeatActions(actions, 'run', actions.length * 2)];
  expect(new Set(sent.map(({ key }) => key)).size).toBe(actions.length * 2);
  expect(sent[actions.length]?.verb).toBe(sent[0]?.verb);
});
