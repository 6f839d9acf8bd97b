/** The targets of an event. Default: the repository. */
import type { Ref } from '../../protocol/entities.ts';
import { refOf } from '../display.ts';
import { getObject, getObjects, getText, type Payload } from './payload.ts';
import { commitRef, gitRef, idWithin, organizationRef, repositoryRef, urlWithin, userRef } from './ref.ts';

type Target = Ref | undefined;

const targetReaders: Record<string, (payload: Payload) => Target | Ref[]> = {
  branch_protection_rule: (payload) =>
    objectRef(payload, 'branch_protection_rule', getObject(payload, 'rule'), { path: 'settings/branches' }),
  check_run: (payload) => objectRef(payload, 'check_run', getObject(payload, 'check_run')),
  check_suite: (payload) => {
    const suite = getObject(payload, 'check_suite');
    const name = getText(getObject(suite, 'app'), 'name') ?? 'checks';
    const path = `commit/${getText(suite, 'head_sha')}`;
    return objectRef(payload, 'check_suite', suite, {
      name: `${name} on ${getText(suite, 'head_branch') ?? 'a commit'}`,
      path,
    });
  },
  code_scanning_alert: (payload) => {
    const alert = getObject(payload, 'alert');
    return objectRef(payload, 'alert', alert, {
      name: getText(getObject(alert, 'rule'), 'description', 'id'),
    });
  },
  commit_comment: (payload) => commitRef(payload, getText(getObject(payload, 'comment'), 'commit_id')),
  create: (payload) => gitRef(payload, getText(payload, 'ref'), getText(payload, 'ref_type')),
  delete: (payload) => gitRef(payload, getText(payload, 'ref'), getText(payload, 'ref_type')),
  dependabot_alert: (payload) => {
    const alert = getObject(payload, 'alert');
    return objectRef(payload, 'alert', alert, {
      name: getText(getObject(alert, 'security_advisory'), 'summary'),
    });
  },
  deploy_key: (payload) =>
    objectRef(payload, 'deploy_key', getObject(payload, 'key'), { path: 'settings/keys' }),
  deployment,
  deployment_review: (payload) => objectRef(payload, 'workflow_run', getObject(payload, 'workflow_run')),
  deployment_status: deployment,
  discussion: (payload) => numberedRef(payload, 'discussion', getObject(payload, 'discussion')),
  discussion_comment: (payload) => numberedRef(payload, 'discussion', getObject(payload, 'discussion')),
  github_app_authorization: () => [],
  gollum: (payload) =>
    getObjects(payload, 'pages').map((page) =>
      refOf('wiki_page', idWithin(payload, getText(page, 'page_name') ?? 'Home'), {
        name: getText(page, 'title', 'page_name'),
        url: getText(page, 'html_url'),
      }),
    ),
  installation: app,
  installation_repositories: app,
  issue_comment: (payload) => {
    const issue = getObject(payload, 'issue');
    return numberedRef(payload, getObject(issue, 'pull_request') ? 'pull_request' : 'issue', issue);
  },
  issues: (payload) => numberedRef(payload, 'issue', getObject(payload, 'issue')),
  label: (payload) => objectRef(payload, 'label', getObject(payload, 'label'), { path: 'labels' }),
  marketplace_purchase: (payload) =>
    objectRef(payload, 'plan', getObject(getObject(payload, 'marketplace_purchase'), 'plan')),
  member: (payload) => userRef(getObject(payload, 'member')),
  membership: (payload) => userRef(getObject(payload, 'member')),
  merge_group: (payload) => {
    const group = getObject(payload, 'merge_group');
    const id = getText(group, 'head_sha') ?? 'group';
    return refOf('merge_group', idWithin(payload, id), {
      name: getText(group, 'head_ref')?.match(/pr-\d+/)?.[0],
      url: urlWithin(payload, `commit/${id}`),
    });
  },
  meta: webhook,
  milestone: (payload) => numberedRef(payload, 'milestone', getObject(payload, 'milestone')),
  organization: (payload) =>
    userRef(getObject(getObject(payload, 'membership'), 'user')) ??
    userRef(getObject(payload, 'user')) ??
    organizationRef(getObject(payload, 'organization')),
  org_block: (payload) => userRef(getObject(payload, 'blocked_user')),
  package: (payload) => objectRef(payload, 'package', getObject(payload, 'package')),
  ping: webhook,
  project: (payload) => objectRef(payload, 'project', getObject(payload, 'project')),
  project_card: (payload) => {
    const card = getObject(payload, 'project_card');
    return objectRef(payload, 'project_card', card, {
      name: getText(card, 'note') ?? 'a card',
      path: 'projects',
    });
  },
  project_column: (payload) =>
    objectRef(payload, 'project_column', getObject(payload, 'project_column'), { path: 'projects' }),
  projects_v2_item: (payload) => {
    const item = getObject(payload, 'projects_v2_item');
    const kind = getText(item, 'content_type')
      ?.replace(/([a-z])([A-Z])/g, '$1 $2')
      .toLowerCase();
    return objectRef(payload, 'project_item', item, {
      name: `${kind ?? 'item'} ${getText(item, 'id') ?? ''}`,
    });
  },
  pull_request: pullRequest,
  pull_request_review: pullRequest,
  pull_request_review_comment: pullRequest,
  pull_request_review_thread: pullRequest,
  push: (payload) => gitRef(payload, getText(payload, 'ref')),
  release: (payload) => {
    const release = getObject(payload, 'release');
    return objectRef(payload, 'release', release, { name: getText(release, 'name', 'tag_name') });
  },
  repository_vulnerability_alert: (payload) => {
    const alert = getObject(payload, 'alert');
    return objectRef(payload, 'alert', alert, {
      name: getText(alert, 'affected_package_name'),
      path: 'security/dependabot',
    });
  },
  sponsorship: (payload) => userRef(getObject(getObject(payload, 'sponsorship'), 'sponsorable')),
  status: (payload) => commitRef(payload, getText(payload, 'sha')),
  team,
  team_add: team,
  workflow_dispatch: (payload) => {
    const path = getText(payload, 'workflow') ?? 'workflow';
    const branch = getText(payload, 'ref')?.replace('refs/heads/', '') ?? 'HEAD';
    const name = path.split('/').at(-1);
    return refOf('workflow', idWithin(payload, path), {
      name,
      url: urlWithin(payload, `blob/${branch}/${path}`),
    });
  },
  workflow_job: (payload) => objectRef(payload, 'workflow_job', getObject(payload, 'workflow_job')),
  workflow_run: (payload) => {
    const run = getObject(payload, 'workflow_run');
    const name = getText(run, 'name') ?? getText(getObject(payload, 'workflow'), 'name');
    return objectRef(payload, 'workflow_run', run, {
      name: name ?? `run ${getText(run, 'run_number') ?? ''}`,
    });
  },
};

export function targetsOf(event: string, payload: Payload): Ref[] {
  const target = targetReaders[event]?.(payload) ?? repositoryRef(getObject(payload, 'repository'));
  if (target === undefined) return [];
  return Array.isArray(target) ? target : [target];
}

interface ObjectDefaults {
  name?: string | undefined;
  /** The path of its page in the repository, if it has no URL itself. */
  path?: string;
}

/** An object with an id or a number. */
function objectRef(
  payload: Payload,
  type: string,
  value: Payload | undefined,
  defaults: ObjectDefaults = {},
): Target {
  const id = getText(value, 'id', 'number', 'node_id');
  if (id === undefined) return undefined;
  return refOf(type, idWithin(payload, id), {
    name: defaults.name ?? getText(value, 'title', 'name'),
    url:
      getText(value, 'html_url') ??
      (defaults.path === undefined ? undefined : urlWithin(payload, defaults.path)),
  });
}

/** An object that is identified by its number in the repository. */
function numberedRef(payload: Payload, type: string, value: Payload | undefined): Target {
  const number = getText(value, 'number');
  if (number === undefined) return undefined;
  return refOf(type, idWithin(payload, number), {
    name: getText(value, 'title') ?? `#${number}`,
    url: getText(value, 'html_url'),
  });
}

function pullRequest(payload: Payload): Target {
  return numberedRef(payload, 'pull_request', getObject(payload, 'pull_request'));
}

function deployment(payload: Payload): Target {
  const value = getObject(payload, 'deployment');
  const name = `${getText(value, 'ref') ?? 'a commit'} to ${getText(value, 'environment') ?? 'production'}`;
  return objectRef(payload, 'deployment', value, { name, path: 'deployments' });
}

function app(payload: Payload): Target {
  const installation = getObject(payload, 'installation');
  const slug = getText(installation, 'app_slug', 'app_id', 'id');
  return slug === undefined
    ? undefined
    : refOf('app', slug, { name: slug, url: getText(installation, 'html_url') });
}

function webhook(payload: Payload): Target {
  const hook = getObject(payload, 'hook');
  return objectRef(payload, 'webhook', hook, {
    name: getText(getObject(hook, 'config'), 'url') ?? getText(hook, 'name'),
    path: 'settings/hooks',
  });
}

function team(payload: Payload): Target {
  return objectRef(payload, 'team', getObject(payload, 'team'));
}
