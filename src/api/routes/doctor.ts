import type { FastifyPluginCallbackZod } from 'fastify-type-provider-zod';
import { examine, type DoctorDeps } from '../../operations/doctor.ts';
import type { Clock } from '../../ports.ts';
import { packageVersion } from '../../runtime/package-version.ts';
import { DoctorSchema } from '../schemas-doctor.ts';

export const doctorRoute: FastifyPluginCallbackZod<{ deps: DoctorDeps; clock: Clock }> = (
  app,
  { deps, clock },
  done,
) => {
  const version = packageVersion();
  app.get(
    '/v1/doctor',
    {
      // It calls AWS, so looking is not for everybody who may look.
      config: { access: 'operate' },
      schema: {
        summary: 'Look at Redis, the ledger and AWS, and say what is wrong and how to mend it',
        description:
          'Changes nothing, and creates nothing at AWS: two reads in each Region, of a source that cannot exist. Takes up to 10 seconds.',
        response: { 200: DoctorSchema },
      },
    },
    async () => {
      const findings = await examine(deps);
      return { version, at: new Date(clock.now()).toISOString(), findings: [...findings] };
    },
  );
  done();
};
