using System.Diagnostics;
using System.Globalization;
using SsMfar.Campaigns.Commands;
using SsMfar.Campaigns.Shell;

namespace SsMfar.Campaigns.Killing;

/// <summary>The kills of one command.</summary>
/// <param name="command">The command.</param>
/// <param name="folder">Where there is room.</param>
/// <param name="calls">What kills it at a call; null where kills come by the clock alone.</param>
/// <param name="seed">What the moments follow from.</param>
internal sealed class KillRun(TriedCommand command, TemporaryFolder folder, CallFaults? calls, int seed)
{
    // A run that is killed this often is let go to its end, so that there is something to compare.
    private const int MostInARow = 4;

    private const int Killed = 128 + 9;

    private readonly Random _random = new(seed + command.Name.Sum(sign => sign));
    private readonly List<string> _faults = [];
    private UntouchedRun _untouched = null!;
    private double _usual;
    private int _atCalls;

    /// <summary>Kills so often.</summary>
    public (long Tries, IReadOnlyList<string> Faults, string Note) Run(int kills)
    {
        _untouched = UntouchedRun.Of(command, folder, calls);
        _usual = _untouched.Seconds;
        int killed = 0, left = 0, after = 0;
        for (int run = 0; killed < kills && _faults.Count == 0; run++)
        {
            string place = Directory.CreateDirectory(
                Path.Combine(folder[command.Name], string.Create(CultureInfo.InvariantCulture, $"killed-{run}"))).FullName;
            int inARow = Math.Min(1 + _random.Next(MostInARow), kills - killed);
            for (int i = 0; i < inARow; i++)
            {
                bool isKilled = Kill(place);
                (killed, after) = isKilled ? (killed + 1, after) : (killed, after + 1);
                left += isKilled && Directory.EnumerateFiles(place, "*", SearchOption.AllDirectories).Any() ? 1 : 0;
                _faults.AddRange(CommandFiles.Halves(_untouched.Files, place).Select(half => string.Create(
                    CultureInfo.InvariantCulture, $"{command.Name}, kill {killed} left {half.Name}: {half.Reason}")));
            }

            Complete(place, killed);
            Directory.Delete(place, recursive: true);
        }

        return (killed, _faults, string.Create(
            CultureInfo.InvariantCulture,
            $"{_untouched.Seconds:F1} s untouched; {_atCalls} at a call; {left} left files; {after} more came after the end"));
    }

    // Whether it was still at work. Every second one comes at a call, which time alone seldom meets.
    private bool Kill(string place)
    {
        string[] arguments = Programs.ConsoleArguments(command.ArgumentsNow(Path.Combine(place, "out")));
        if (calls is not null && _untouched.Calls is { All: > 0 } counts && _random.Next(2) == 0)
        {
            string fault = string.Create(
                CultureInfo.InvariantCulture, $"{(_random.Next(2) == 0 ? "kill" : "tear")}:{1 + _random.Next(counts.All)}");
            Ended met = Programs.Run(Programs.Dotnet, arguments, calls.Environment(fault, place));
            _atCalls += met.ExitCode == Killed ? 1 : 0;
            return met.ExitCode == Killed || Ended(met);
        }

        long start = Stopwatch.GetTimestamp();
        using RunningProgram running = Programs.Start(Programs.Dotnet, arguments);
        if (running.Process.WaitForExit(TimeSpan.FromSeconds(_random.NextDouble() * 1.1 * _usual)))
        {
            // The machine is quicker than it was.
            _usual = Math.Min(_usual, Stopwatch.GetElapsedTime(start).TotalSeconds);
            return Ended(running.WaitForEnd());
        }

        running.Process.Kill();
        running.Process.WaitForExit();
        return true;
    }

    private bool Ended(Ended ended)
    {
        if (ended.ExitCode != 0)
        {
            _faults.Add(string.Create(
                CultureInfo.InvariantCulture, $"{command.Name}, made again it ended with {ended.ExitCode}: {ended.Line}"));
        }

        return false;
    }

    private void Complete(string place, int kill)
    {
        Ended ended = Programs.Run(Programs.Dotnet, Programs.ConsoleArguments(command.ArgumentsNow(Path.Combine(place, "out"))));
        if (ended.ExitCode != 0)
        {
            _faults.Add(string.Create(
                CultureInfo.InvariantCulture,
                $"{command.Name}, after kill {kill} the same command ended with {ended.ExitCode}: {ended.Line}"));
            return;
        }

        _faults.AddRange(CommandFiles.Others(command, _untouched.Files, place).Select(name => string.Create(
            CultureInfo.InvariantCulture, $"{command.Name}, after kill {kill} {name} is not as it is untouched")));
    }
}
