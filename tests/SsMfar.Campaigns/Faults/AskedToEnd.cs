using System.Diagnostics;
using System.Globalization;
using System.Runtime.InteropServices;
using SsMfar.Campaigns.Commands;
using SsMfar.Campaigns.Shell;

namespace SsMfar.Campaigns.Faults;

/// <summary>
/// SIGTERM at random moments: exit code 130, or 0 of a command that was at its end, and the same command again ends as if nothing had been.
/// </summary>
/// <param name="folder">Where there is room.</param>
/// <param name="seed">What the moments follow from.</param>
internal sealed partial class AskedToEnd(TemporaryFolder folder, int seed)
{
    private const int Terminate = 15;
    private const int Interrupted = 130;

    // Of a program that is too young to have asked for the signal, or past its end.
    private const int EndedBySignal = 128 + Terminate;

    // How soon a command ends that was done but for its end when it was asked, and so ends as if it had not been.
    private static readonly TimeSpan NearEnd = TimeSpan.FromSeconds(3);

    /// <summary>Asks a command so often.</summary>
    public FaultTries Ask(TriedCommand command, UntouchedRun untouched, int each)
    {
        Random random = new(seed + command.Name.Sum(sign => sign));
        List<string> faults = [];
        int heard = 0;
        for (int i = 0; i < each; i++)
        {
            string place = folder["asked"], what = string.Create(CultureInfo.InvariantCulture, $"SIGTERM {i}");
            FaultCheck check = new(command, untouched, place);
            check.Prepare();
            using (RunningProgram running = Programs.Start(Programs.Dotnet, Programs.ConsoleArguments(check.Arguments)))
            {
                Thread.Sleep(TimeSpan.FromSeconds(random.NextDouble() * untouched.Seconds));
                _ = SendSignal(running.Process.Id, Terminate);
                long asked = Stopwatch.GetTimestamp();
                Ended ended = running.WaitForEnd(Programs.Limit);
                double more = Stopwatch.GetElapsedTime(asked).TotalSeconds;
                bool wasNearEnd = more < Math.Max(NearEnd.TotalSeconds, untouched.Seconds / 4);
                int[] promised = wasNearEnd ? [Interrupted, EndedBySignal, 0] : [Interrupted, EndedBySignal];
                heard += ended.ExitCode == Interrupted ? 1 : 0;
                check.Ended(what, ended, promised);
            }

            check.Kept(what, isTidy: false);
            check.Again(what);
            faults.AddRange(check.Faults);
            Directory.Delete(place, recursive: true);
        }

        return new(each, faults, string.Create(
            CultureInfo.InvariantCulture, $"{heard} of {each} asked to end did before their end"));
    }

    [LibraryImport("libc", EntryPoint = "kill")]
    private static partial int SendSignal(int process, int signal);
}
