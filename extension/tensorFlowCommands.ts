/** Commands that install TensorFlow for this user, and remove that installation. */
import * as vscode from 'vscode';
import type { InstallPlan, InstallProgress } from '../engine/protocol';
import { planWords } from './installWords';
import { requireTrust } from './runCommands';
import type { Services } from './services';

const { Notification } = vscode.ProgressLocation;

/** Shows what would be downloaded, asks for confirmation, and installs. Returns the installed version. Cancelling changes nothing. */
export async function installTensorFlow({ engine, log }: Services): Promise<string | undefined> {
  requireTrust();
  const gpu = await askForDevice();
  if (gpu === undefined) return undefined;
  const looking = { location: Notification, title: 'Looking for TensorFlow', cancellable: true };
  const plan = await vscode.window.withProgress(looking, (_, token) =>
    unlessCancelled(token, engine.request('backend/plan', { gpu }, token)),
  );
  if (!plan || !(await agrees(plan))) return undefined;
  const installing = { location: Notification, title: 'Installing TensorFlow', cancellable: true };
  const installed = await vscode.window.withProgress(installing, async (progress, token) => {
    const subscription = engine.on('backend/progress', reportTo(progress, log));
    try {
      return await unlessCancelled(token, engine.request('backend/install', { plan }, token));
    } finally {
      subscription.dispose();
    }
  });
  if (!installed) return undefined;
  void vscode.window.showInformationMessage(
    `TensorFlow ${installed.version} is installed. New runs with "backend": "auto" measure its speed and use it if it is the fastest.`,
  );
  return installed.version;
}

/** Asks for confirmation, and removes TensorFlow. */
export async function uninstallTensorFlow({ engine }: Services): Promise<void> {
  requireTrust();
  const question = 'Remove the TensorFlow that was installed for Winning Sign?';
  const detail = 'Your Python and its packages are not changed. New runs with "backend": "auto" use another backend.';
  if ((await vscode.window.showWarningMessage(question, { modal: true, detail }, 'Remove')) === undefined) return;
  const { removed } = await engine.request('backend/uninstall', {});
  void vscode.window.showInformationMessage(
    removed === undefined
      ? 'There was nothing to remove: TensorFlow is not installed for Winning Sign.'
      : `Removed TensorFlow from ${removed}.`,
  );
}

/** Asks whether to install for a GPU, which is possible on Linux only. Undefined if the user cancels. */
async function askForDevice(): Promise<boolean | undefined> {
  if (process.platform !== 'linux') return false;
  const devices = [
    { label: 'CPU', detail: 'A few hundred MB', gpu: false },
    { label: 'NVIDIA GPU', detail: 'Several GB with CUDA’s libraries. Needs NVIDIA’s driver.', gpu: true },
  ];
  return (await vscode.window.showQuickPick(devices, { title: 'Install TensorFlow for' }))?.gpu;
}

async function agrees(plan: InstallPlan): Promise<boolean> {
  const detail = planWords(plan);
  const yes = 'Download and Install';
  return (await vscode.window.showInformationMessage('Install TensorFlow?', { modal: true, detail }, yes)) === yes;
}

/** Returns undefined if the user cancelled the request. Throws other errors. */
async function unlessCancelled<T>(token: vscode.CancellationToken, request: Promise<T>): Promise<T | undefined> {
  try {
    return await request;
  } catch (error) {
    if (token.isCancellationRequested) return undefined;
    throw error;
  }
}

function reportTo(progress: vscode.Progress<{ message: string }>, log: vscode.LogOutputChannel) {
  return ({ message, fraction }: InstallProgress) => {
    if (message) log.info(message);
    progress.report({ message: fraction === undefined ? message : `${Math.round(100 * fraction)} %` });
  };
}
