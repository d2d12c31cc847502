/** The experiments of the paper. */
import type { Assignment } from '../../vocabulary/study';
import { ACCURACY, barrierTables, KEPT, RETRAINED, ticketNodes, type Template } from './parts';

export const PAPER = {
  motivation: {
    question: 'Does the subnetwork of LRR depend on its trained normalization parameters ψ?',
    content: (setting) => {
      const { axes, nodes } = ticketNodes(setting);
      return {
        axes: { method: ['lrr'], ...axes, variant: ['retrain', 'psi-kept', 'signed-mask'] },
        nodes: {
          ...nodes,
          basin: {
            run: 'connectivity',
            over: ['method', 'searchSeed', 'round', 'variant', 'seed'],
            exclude: [{ variant: 'retrain' }],
            a: 'ticket',
            b: RETRAINED,
          },
        },
        results: { accuracy: ACCURACY, ...barrierTables(['method', 'round'], { columns: 'variant' }), kept: KEPT },
      };
    },
  },
  'transfer-gap': {
    question: 'Does a signed mask of AWS train any initialization to dense accuracy, and one of LRR not?',
    content: (setting) => {
      const { axes, nodes } = ticketNodes(setting);
      return {
        axes: {
          method: ['lrr', 'aws'],
          ...axes,
          variant: ['retrain', 'signed-mask', 'mask-only', 'random-signed-mask'],
        },
        nodes,
        results: { accuracy: ACCURACY, kept: KEPT },
      };
    },
  },
  connectivity: {
    question: 'Is the transferred network in the basin of its source?',
    content: (setting) => {
      const { axes, nodes } = ticketNodes(setting);
      const [first, second] = setting.seeds as readonly [number, number];
      const signed = { variant: 'signed-mask' };
      const over = ['method', 'searchSeed', 'round'];
      const include: Assignment[] = [{ dataSeed: first }, { ...signed, seed: first }];
      return {
        axes: {
          ...{ method: ['lrr', 'aws'], ...axes, round: { kept: setting.kept } },
          ...{ variant: ['retrain', 'signed-mask'], dataSeed: [first, second + 100] },
        },
        nodes: {
          dense: nodes.dense,
          search: nodes.search,
          ticket: {
            ...nodes.ticket,
            over: ['method', 'searchSeed', 'round', 'variant', 'seed', 'dataSeed'],
            include,
          },
          lmc: {
            run: 'connectivity',
            over: [...over, 'seed'],
            a: { node: 'ticket', where: { ...signed, dataSeed: first } },
            b: { node: 'ticket', where: { variant: 'retrain', dataSeed: first } },
          },
          noise: {
            run: 'connectivity',
            over,
            a: { node: 'ticket', where: { ...signed, seed: first, dataSeed: first } },
            b: { node: 'ticket', where: { ...signed, seed: first, dataSeed: second + 100 } },
          },
          inits: {
            run: 'connectivity',
            over,
            a: { node: 'ticket', where: { ...signed, seed: first, dataSeed: first } },
            b: { node: 'ticket', where: { ...signed, seed: second, dataSeed: first } },
          },
        },
        results: { ...barrierTables(['method', 'round'], { of: ['lmc', 'noise', 'inits'] }), accuracy: ACCURACY },
      };
    },
  },
} as const satisfies Record<string, Template>;
