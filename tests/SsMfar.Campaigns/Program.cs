using System.CommandLine;
using SsMfar.Campaigns.Endurance;
using SsMfar.Campaigns.Faults;
using SsMfar.Campaigns.Fuzzing;
using SsMfar.Campaigns.Fuzzing.Seeds;
using SsMfar.Campaigns.Isolation;
using SsMfar.Campaigns.Killing;
using SsMfar.Campaigns.Lifetimes;

// Each campaign is a command, which ends with a table; exit code 1 says that it found a fault. docs/reliability.md says what each promises.
RootCommand root = new("Tries to break SsMfar. Each command ends with one table; its exit code is 1 where it found a fault.");
foreach (Command command in new[]
{
    FuzzCommand.Create(), ReplayCommand.Create(), SeedCommand.Create(), KillCommand.Create(), DiskCommand.Create(), LongCommand.Create(),
    GcCommand.Create(), LifetimesCommand.Create(), NetworkCommand.Create(), FuzzWorker.Create(), GcCommand.CreateWork(),
    LifetimesCommand.CreateWork(),
})
{
    root.Add(command);
}

return await root.Parse(args).InvokeAsync();
