/** What an event is about. Where nothing better is known, the repository itself. */
import type { Ref } from '../../protocol/entities.ts';
import { refOf } from '../display.ts';
import { type Payload, part, parts, text } from './payload.ts';
import { commitRef, gitRef, idWithin, organizationRef, repositoryRef, urlWithin, userRef } from './ref.ts';

type Target = Ref | undefined;

const targets: Record<string, (payload: Payload) => Target | Ref[]> = {
  branch_protection_rule: (payload) =>
    object(payload, 'branch_protection_rule', part(payload, 'rule'), { path: 'settings/branches' }),
  check_run: (payload) => object(payload, 'check_run', part(payload, 'check_run')),
  check_suite: (payload) => {
    const suite = part(payload, 'check_suite');
    const name = text(part(suite, 'app'), 'name') ?? 'checks';
    const path = `commit/${text(suite, 'head_sha')}`;
    return object(payload, 'check_suite', suite, {
      name: `${name} on ${text(suite, 'head_branch') ?? 'a commit'}`,
      path,
    });
  },
  code_scanning_alert: (payload) => {
    const alert = part(payload, 'alert');
    return object(payload, 'alert', alert, { name: text(part(alert, 'rule'), 'description', 'id') });
  },
  commit_comment: (payload) => commitRef(payload, text(part(payload, 'comment'), 'commit_id')),
  create: (payload) => gitRef(payload, text(payload, 'ref'), text(payload, 'ref_type')),
  delete: (payload) => gitRef(payload, text(payload, 'ref'), text(payload, 'ref_type')),
  dependabot_alert: (payload) => {
    const alert = part(payload, 'alert');
    return object(payload, 'alert', alert, { name: text(part(alert, 'security_advisory'), 'summary') });
  },
  deploy_key: (payload) => object(payload, 'deploy_key', part(payload, 'key'), { path: 'settings/keys' }),
  deployment,
  deployment_review: (payload) => object(payload, 'workflow_run', part(payload, 'workflow_run')),
  deployment_status: deployment,
  discussion: (payload) => numbered(payload, 'discussion', part(payload, 'discussion')),
  discussion_comment: (payload) => numbered(payload, 'discussion', part(payload, 'discussion')),
  github_app_authorization: () => [],
  gollum: (payload) =>
    parts(payload, 'pages').map((page) =>
      refOf('wiki_page', idWithin(payload, text(page, 'page_name') ?? 'Home'), {
        name: text(page, 'title', 'page_name'),
        url: text(page, 'html_url'),
      }),
    ),
  installation: app,
  installation_repositories: app,
  issue_comment: (payload) => {
    const issue = part(payload, 'issue');
    return numbered(payload, part(issue, 'pull_request') ? 'pull_request' : 'issue', issue);
  },
  issues: (payload) => numbered(payload, 'issue', part(payload, 'issue')),
  label: (payload) => object(payload, 'label', part(payload, 'label'), { path: 'labels' }),
  marketplace_purchase: (payload) =>
    object(payload, 'plan', part(part(payload, 'marketplace_purchase'), 'plan')),
  member: (payload) => userRef(part(payload, 'member')),
  membership: (payload) => userRef(part(payload, 'member')),
  merge_group: (payload) => {
    const group = part(payload, 'merge_group');
    const id = text(group, 'head_sha') ?? 'group';
    return refOf('merge_group', idWithin(payload, id), {
      name: text(group, 'head_ref')?.match(/pr-\d+/)?.[0],
      url: urlWithin(payload, `commit/${id}`),
    });
  },
  meta: webhook,
  milestone: (payload) => numbered(payload, 'milestone', part(payload, 'milestone')),
  organization: (payload) =>
    userRef(part(part(payload, 'membership'), 'user')) ??
    userRef(part(payload, 'user')) ??
    organizationRef(part(payload, 'organization')),
  org_block: (payload) => userRef(part(payload, 'blocked_user')),
  package: (payload) => object(payload, 'package', part(payload, 'package')),
  ping: webhook,
  project: (payload) => object(payload, 'project', part(payload, 'project')),
  project_card: (payload) => {
    const card = part(payload, 'project_card');
    return object(payload, 'project_card', card, { name: text(card, 'note') ?? 'a card', path: 'projects' });
  },
  project_column: (payload) =>
    object(payload, 'project_column', part(payload, 'project_column'), { path: 'projects' }),
  projects_v2_item: (payload) => {
    const item = part(payload, 'projects_v2_item');
    const kind = text(item, 'content_type')
      ?.replace(/([a-z])([A-Z])/g, '$1 $2')
      .toLowerCase();
    return object(payload, 'project_item', item, { name: `${kind ?? 'item'} ${text(item, 'id') ?? ''}` });
  },
  pull_request: pullRequest,
  pull_request_review: pullRequest,
  pull_request_review_comment: pullRequest,
  pull_request_review_thread: pullRequest,
  push: (payload) => gitRef(payload, text(payload, 'ref')),
  release: (payload) => {
    const release = part(payload, 'release');
    return object(payload, 'release', release, { name: text(release, 'name', 'tag_name') });
  },
  repository_vulnerability_alert: (payload) => {
    const alert = part(payload, 'alert');
    return object(payload, 'alert', alert, {
      name: text(alert, 'affected_package_name'),
      path: 'security/dependabot',
    });
  },
  sponsorship: (payload) => userRef(part(part(payload, 'sponsorship'), 'sponsorable')),
  status: (payload) => commitRef(payload, text(payload, 'sha')),
  team,
  team_add: team,
  workflow_dispatch: (payload) => {
    const path = text(payload, 'workflow') ?? 'workflow';
    const branch = text(payload, 'ref')?.replace('refs/heads/', '') ?? 'HEAD';
    const name = path.split('/').at(-1);
    return refOf('workflow', idWithin(payload, path), {
      name,
      url: urlWithin(payload, `blob/${branch}/${path}`),
    });
  },
  workflow_job: (payload) => object(payload, 'workflow_job', part(payload, 'workflow_job')),
  workflow_run: (payload) => {
    const run = part(payload, 'workflow_run');
    const name = text(run, 'name') ?? text(part(payload, 'workflow'), 'name');
    return object(payload, 'workflow_run', run, { name: name ?? `run ${text(run, 'run_number') ?? ''}` });
  },
};

export function targetsOf(event: string, payload: Payload): Ref[] {
  const target = targets[event]?.(payload) ?? repositoryRef(part(payload, 'repository'));
  if (target === undefined) return [];
  return Array.isArray(target) ? target : [target];
}

interface Known {
  name?: string | undefined;
  /** Its page within the repository, where it has no address of its own. */
  path?: string;
}

/** An object with an id (or a number) of its own. */
function object(payload: Payload, type: string, value: Payload | undefined, known: Known = {}): Target {
  const id = text(value, 'id', 'number', 'node_id');
  if (id === undefined) return undefined;
  return refOf(type, idWithin(payload, id), {
    name: known.name ?? text(value, 'title', 'name'),
    url: text(value, 'html_url') ?? (known.path === undefined ? undefined : urlWithin(payload, known.path)),
  });
}

/** An object that people know by its number within the repository. */
function numbered(payload: Payload, type: string, value: Payload | undefined): Target {
  const number = text(value, 'number');
  if (number === undefined) return undefined;
  return refOf(type, idWithin(payload, number), {
    name: text(value, 'title') ?? `#${number}`,
    url: text(value, 'html_url'),
  });
}

function pullRequest(payload: Payload): Target {
  return numbered(payload, 'pull_request', part(payload, 'pull_request'));
}

function deployment(payload: Payload): Target {
  const value = part(payload, 'deployment');
  const name = `${text(value, 'ref') ?? 'a commit'} to ${text(value, 'environment') ?? 'production'}`;
  return object(payload, 'deployment', value, { name, path: 'deployments' });
}

function app(payload: Payload): Target {
  const installation = part(payload, 'installation');
  const slug = text(installation, 'app_slug', 'app_id', 'id');
  return slug === undefined
    ? undefined
    : refOf('app', slug, { name: slug, url: text(installation, 'html_url') });
}

function webhook(payload: Payload): Target {
  const hook = part(payload, 'hook');
  return object(payload, 'webhook', hook, {
    name: text(part(hook, 'config'), 'url') ?? text(hook, 'name'),
    path: 'settings/hooks',
  });
}

function team(payload: Payload): Target {
  return object(payload, 'team', part(payload, 'team'));
}
