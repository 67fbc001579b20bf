using System.CommandLine;
using System.Diagnostics;
using SsMfar.Benchmarks.Inference;
using SsMfar.Benchmarks.Measurement;

namespace SsMfar.Benchmarks.Serving;

/// <summary>
/// <c>hostile-service</c>: the web sample among slow, oversize, false, broken and too many clients, one kind after another and all at once,
/// while a good client goes on.
/// </summary>
internal static class HostileServiceCommand
{
    // Bodies may hold 128 MiB and leave as much in the pool of arrays, decoding 256 MiB, and 2,000 connections 64 KiB each: 640 MiB, and
    // six tenths of that again for what the collector and the allocator have not given back yet.
    private const int MemoryLimit = 1024 << 20;

    private const int Attempts = 600;

    private static readonly Option<double> Seconds = new("--seconds") {
        HelpName = "N",
        Description = "Seconds of each attack",
        DefaultValueFactory = _ => 20 };

    private static readonly Option<int> Connections = new("--connections") {
        HelpName = "N",
        Description = "Connections at once, where they are what an attack takes",
        DefaultValueFactory = _ => 1000 };

    public static Command Create()
    {
        Command command = new("hostile-service", "The web sample among hostile clients, while a good one goes on")
        {
            BenchmarkModel.ModelOption, BenchmarkModel.BackboneOption, BenchmarkModel.SizeOption, Seconds, Connections,
        };
        command.SetAction(RunAsync);
        return command;
    }

    private static async Task<int> RunAsync(ParseResult parsed, CancellationToken cancellationToken)
    {
        TimeSpan time = TimeSpan.FromSeconds(parsed.GetValue(Seconds));
        int connections = parsed.GetValue(Connections), atOnce = Environment.ProcessorCount, waiting = 5 * atOnce;
        using ServedModel model = ServedModel.Of(parsed);
        using ServerProcess server = await ServerProcess.StartAsync(
            model.Onnx, pinned: false, ServeCommand.Arguments([$"AtOnce={atOnce}", $"Waiting={waiting}"])).ConfigureAwait(false);
        Load load = await Load.PrepareAsync(server.Address, model.Pictures).ConfigureAwait(false);
        await load.ClosedAsync(atOnce, time / 4).ConfigureAwait(false);
        long idle = server.Memory;
        Console.WriteLine(Machine.Describe(MeasurementOptions.Of(parsed)));
        Console.WriteLine();
        Console.WriteLine(
            "| clients | connections | what they were told | the good client: right, told to come again, wrong | its slowest | " +
            "memory at most |");
        Console.WriteLine("|---|---|---|---|---|---|");
        Attack[] alone = [.. new Attacks(server.Address, connections, model.Pictures[0]).All()];

        // Together they share the connections, so that the server has some left for others.
        Attack[] together = [.. new Attacks(server.Address, Math.Max(1, connections / alone.Length), model.Pictures[0]).All()];
        bool held = true;
        long peak = 0;
        long start = Stopwatch.GetTimestamp();
        foreach (Attack[] attacks in alone.Select(attack => new[] { attack }).Append(together))
        {
            held &= await AttackAsync(server, load, attacks, time, cancellationToken).ConfigureAwait(false);
            peak = Math.Max(peak, server.TakePeak());
        }

        double seconds = Stopwatch.GetElapsedTime(start).TotalSeconds;
        held &= Require(peak - idle < MemoryLimit, $"memory: {Report.Mebibytes(peak)}, before {Report.Mebibytes(idle)}");
        held &= Require(server.Errors.Count == 0, $"the server wrote {string.Join('\n', server.Errors)}");
        held &= await CameBackAsync(server, load, atOnce + waiting, cancellationToken).ConfigureAwait(false);
        Console.WriteLine();
        Console.WriteLine(FormattableString.Invariant(
            $"{seconds:F0} s; memory before {Report.Mebibytes(idle)}, at most {Report.Mebibytes(peak)}, ") +
            $"limit {Report.Mebibytes(MemoryLimit)} more: " +
            (held ? "the server held, and all places came back." : "THE SERVER DID NOT HOLD."));
        return held ? 0 : 1;
    }

    private static async Task<bool> AttackAsync(
        ServerProcess server, Load load, Attack[] attacks, TimeSpan time, CancellationToken cancellationToken)
    {
        Tally tally = new();
        GoodClient good = new(server.Address, load.First.Request, load.First.Answer);
        using CancellationTokenSource stop = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        Task attacking = Task.WhenAll(attacks.Select(attack => attack.RunAsync(tally, stop.Token)));
        Task going = good.RunAsync(stop.Token);
        await Task.Delay(time, cancellationToken).ConfigureAwait(false);
        await stop.CancelAsync().ConfigureAwait(false);
        await Task.WhenAll(attacking, going).ConfigureAwait(false);
        string name = attacks.Length == 1 ? attacks[0].Name : "all of these";
        Console.WriteLine(
            FormattableString.Invariant($"| {name} | {tally.Connections} | {tally} | {good.Right}, {good.Busy}, {good.Wrong.Count} | ") +
            FormattableString.Invariant($"{good.SlowestMilliseconds:F0} ms | {Report.Mebibytes(server.PeekPeak())} |"));
        return Require(server.IsAlive, $"{name}: the server is gone") &
            Require(good.Right > 0 && good.Wrong.Count == 0, $"{name}: the good client was told {good.Wrong.FirstOrDefault()}") &
            Require(good.Busy == 0 || attacks.Any(attack => attack.MayBusy), $"{name}: the good client was refused") &
            Require(tally.Of("500") + tally.Of("503 without Retry-After") == 0, $"{name}: {tally}");
    }

    // As many pictures at once as there are places all find one, as soon as what the last clients left behind is through.
    private static async Task<bool> CameBackAsync(ServerProcess server, Load load, int places, CancellationToken cancellationToken)
    {
        int found = 0;
        for (int attempt = 0; attempt < Attempts && found < places; attempt++)
        {
            LoadResult[] each = await Task.WhenAll(
                Enumerable.Range(0, places).Select(_ => load.ClosedAsync(1, TimeSpan.Zero, atLeast: 1))).ConfigureAwait(false);
            found = each.Sum(result => result.Answered);
            await Task.Delay(TimeSpan.FromMilliseconds(100), cancellationToken).ConfigureAwait(false);
        }

        using WireConnection connection = await WireConnection.OpenAsync(server.Address, cancellationToken).ConfigureAwait(false);
        WireReply health = await connection.AskAsync(WireRequest.Get("/health"), cancellationToken).ConfigureAwait(false);
        return Require(found == places, $"afterwards {places - found} of {places} places are missing") &
            Require(health is { Status: 200, Body: "Healthy" }, $"health: {health}");
    }

    private static bool Require(bool holds, string otherwise)
    {
        if (!holds)
        {
            Console.Error.WriteLine(otherwise);
        }

        return holds;
    }
}
