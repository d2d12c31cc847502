import { randomBytes } from 'node:crypto';
import * as vscode from 'vscode';

/** Returns the folder of the panels' bundle, the only one that a panel can read. */
export function panelResources(extension: vscode.Uri): vscode.Uri[] {
  return [vscode.Uri.joinPath(extension, 'dist', 'webview')];
}

/** Returns the page that every panel starts from: one script, one style sheet, no network, no inline code. */
export function panelPage(webview: vscode.Webview, extension: vscode.Uri): string {
  const nonce = randomBytes(16).toString('base64');
  const resource = (name: string) =>
    webview.asWebviewUri(vscode.Uri.joinPath(extension, 'dist', 'webview', name)).toString();
  const policy = [
    "default-src 'none'",
    `script-src 'nonce-${nonce}'`,
    `style-src ${webview.cspSource}`,
    `font-src ${webview.cspSource}`,
    `img-src ${webview.cspSource} data:`,
  ].join('; ');
  return `<!DOCTYPE html>
<html lang="en">
<head>
  <meta charset="utf-8">
  <meta http-equiv="Content-Security-Policy" content="${policy}">
  <meta name="viewport" content="width=device-width, initial-scale=1">
  <link rel="stylesheet" href="${resource('main.css')}">
  <title>Winning Sign</title>
</head>
<body>
  <script nonce="${nonce}" src="${resource('main.js')}"></script>
</body>
</html>`;
}
