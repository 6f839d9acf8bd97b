import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { canInstall, installPackage } from '../../dev/debian.ts';
import { findOnPath } from '../../dev/programs.ts';

const run = promisify(execFile);

/** The certificate of a server, and of the authority that signed it, for this test only. */
export class Certificates {
  readonly #folder: string;
  /** The authority's certificate, as NODE_EXTRA_CA_CERTS names it. */
  readonly authorityFile: string;
  readonly authority: string;

  private constructor(folder: string, authority: string) {
    this.#folder = folder;
    this.authorityFile = join(folder, 'authority.crt');
    this.authority = authority;
  }

  /** `subjects`: names of the server, such as `IP:127.0.0.1` or `DNS:redis.example.com`. */
  static async create(...subjects: string[]): Promise<Certificates> {
    if (!findOnPath('openssl') && canInstall()) await installPackage('openssl', () => undefined);
    const folder = await mkdtemp(join(tmpdir(), 'hubbub-certificates-'));
    const openssl = (...args: string[]) => run('openssl', args, { cwd: folder });
    const key = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes'];
    const authority = ['-keyout', 'authority.key', '-out', 'authority.crt'];
    await openssl('req', '-x509', ...key, '-days', '2', '-subj', '/CN=Test authority', ...authority);
    await openssl('req', ...key, '-subj', '/CN=redis', '-keyout', 'server.key', '-out', 'server.csr');
    await writeFile(join(folder, 'names'), `subjectAltName=${subjects.join(',')}\n`);
    const signed = [
      '-CA',
      'authority.crt',
      '-CAkey',
      'authority.key',
      '-CAcreateserial',
      '-extfile',
      'names',
    ];
    await openssl('x509', '-req', '-in', 'server.csr', ...signed, '-days', '2', '-out', 'server.crt');
    return new Certificates(folder, await readFile(join(folder, 'authority.crt'), 'utf8'));
  }

  /** Settings of `redis.conf`. Nodes of a cluster use TLS among themselves as well. */
  get settings(): Record<string, string> {
    return {
      'tls-cert-file': join(this.#folder, 'server.crt'),
      'tls-key-file': join(this.#folder, 'server.key'),
      'tls-ca-cert-file': this.authorityFile,
      'tls-auth-clients': 'no',
      'tls-replication': 'yes',
      'tls-cluster': 'yes',
    };
  }

  close(): Promise<void> {
    return rm(this.#folder, { recursive: true, force: true });
  }
}
