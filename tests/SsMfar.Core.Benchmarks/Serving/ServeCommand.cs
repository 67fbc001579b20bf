using System.CommandLine;
using System.Diagnostics;
using SsMfar.Benchmarks.Inference;
using SsMfar.Benchmarks.Measurement;

namespace SsMfar.Benchmarks.Serving;

/// <summary>
/// <c>serve</c>: the web sample under load: the time of one request, what it does at most beside the predictor alone, and loads of 70% and
/// 200% of that which do not wait for it. Client and server share the machine.
/// </summary>
internal static class ServeCommand
{
    private const int Clients = 32;
    private const int Pinned = 1;

    private static readonly Option<double> Seconds = new("--seconds") {
        HelpName = "N",
        Description = "Seconds of each load",
        DefaultValueFactory = _ => 20 };

    private static readonly Option<bool> Pin = new("--pin") {
        Description = "Gives the server the first processor alone, and this program the second" };

    private static readonly Option<string[]> Limits = new("--limit") {
        HelpName = "NAME=VALUE",
        Description = "A limit of the server's, such as Waiting=30; may be repeated",
        DefaultValueFactory = _ => [] };

    public static Command Create()
    {
        Command command = new("serve", "The web sample under load, against limits")
        {
            BenchmarkModel.ModelOption, BenchmarkModel.BackboneOption, BenchmarkModel.SizeOption, Seconds, Pin, Limits,
        };
        command.SetAction(RunAsync);
        return command;
    }

    /// <summary>Limits as the server's command line has them.</summary>
    public static IEnumerable<string> Arguments(IEnumerable<string> limits) => limits.SelectMany(limit => new[]
    {
        $"--Limits:{limit.Split('=', 2)[0]}", limit.Split('=', 2)[^1],
    });

    private static async Task<int> RunAsync(ParseResult parsed, CancellationToken cancellationToken)
    {
        MeasurementOptions options = MeasurementOptions.Of(parsed);
        bool pinned = parsed.GetValue(Pin);
        int threads = pinned ? Pinned : options.Threads;
        TimeSpan time = TimeSpan.FromSeconds(parsed.GetValue(Seconds));
        using ServedModel model = ServedModel.Of(parsed);
        if (pinned && OperatingSystem.IsLinux())
        {
            using Process self = Process.GetCurrentProcess();
            self.ProcessorAffinity = 1 << 1;
        }

        using PredictorAlone alone = new(model, threads);
        using ServerProcess server = await ServerProcess.StartAsync(model.Onnx, pinned, Arguments(parsed.GetValue(Limits)!))
            .ConfigureAwait(false);
        Load load = await Load.PrepareAsync(server.Address, model.Pictures).ConfigureAwait(false);
        Console.WriteLine(Machine.Describe(options));
        Console.WriteLine();
        LimitTable table = new();

        // Compiled code and pools reach their final state.
        alone.Batches(time / 10);
        await load.ClosedAsync(Clients, time / 5).ConfigureAwait(false);
        LoadResult single = await load.ClosedAsync(1, time / 4).ConfigureAwait(false);
        double latency = single.Latency(0.5);
        LimitTable.Write($"one request at a time, median of {single.Answered}", $"{latency:F1} ms, p99 {single.Latency(0.99):F1} ms");

        // In turns, so that what slows one slows the other.
        server.TakePeak();
        using Shares shares = new(server);
        List<double> batches = [], singles = [], served = [], batchCosts = [], singleCosts = [];
        int errors = 0, refused = 0, answered = 0;
        for (int round = 0; round < options.Rounds; round++)
        {
            TimeSpan turn = time / options.Rounds;
            batches.Add(alone.Batches(turn / 2));
            singles.Add(alone.Singles(turn / 2));
            batchCosts.Add(alone.BatchMilliseconds);
            singleCosts.Add(alone.SingleMilliseconds);
            shares.Start();
            LoadResult closed = await load.ClosedAsync(Clients, turn).ConfigureAwait(false);
            shares.Stop();
            served.Add(closed.Throughput);
            (errors, refused, answered) = (errors + closed.Errors.Count, refused + closed.Refused, answered + closed.Answered);
        }

        double capacity = Paired.Median(served), ratio = Paired.Median(served.Zip(batches, (ours, most) => ours / most));
        long early = server.TakePeak();
        LimitTable.Write($"the predictor alone, batches of 32, {threads} threads", $"{Paired.Median(batches):F1} a second");
        LimitTable.Write(
            $"the predictor alone, one by one on {threads} threads",
            $"{Paired.Median(singles):F1} a second, {Paired.Median(singles.Zip(batches, (one, many) => one / many)):F2} of batches");
        table.Write(
            $"{Clients} clients, each its next request after the answer",
            $"{capacity:F1} a second, {ratio:F2} of batches; {refused} refused; the client's share of the processors {shares.Client:P0}",
            $"0.9 of batches", ratio >= 0.9);

        // What stays true on a machine that has other work.
        LimitTable.Write(
            $"processor time of a picture: in the server; in batches of 32; one by one",
            $"{shares.Server / answered:F1} ms; {Paired.Median(batchCosts):F1} ms; {Paired.Median(singleCosts):F1} ms");
        table.Write($"errors among them", $"{errors}", $"0", errors == 0);

        LoadResult usual = await load.OpenAsync(0.7 * capacity, time, seed: 1).ConfigureAwait(false);
        double usualRatio = usual.Latency(0.99) / latency;
        table.Write(
            $"open-loop load of {0.7 * capacity:F0} a second (70%), {usual.Answered} answered",
            $"median {usual.Latency(0.5):F1} ms, p99 {usual.Latency(0.99):F1} ms, {usualRatio:F1}x the single median",
            $"p99 below 5x", usualRatio < 5);
        int lost = usual.Errors.Count + usual.Refused;
        table.Write($"errors and refusals among them", $"{lost}", $"0", lost == 0);

        LoadResult over = await load.OpenAsync(2 * capacity, time, seed: 2).ConfigureAwait(false);
        double overRatio = over.Latency(0.99) / latency;
        table.Write(
            $"open-loop load of {2 * capacity:F0} a second (200%), {over.Answered} answered, {over.Throughput:F1} a second",
            $"median {over.Latency(0.5):F1} ms, p99 {over.Latency(0.99):F1} ms, {overRatio:F1}x the single median",
            $"p99 below 10x", overRatio < 10);
        table.Write(
            $"{over.Refused} of {over.Refused + over.Answered} refused with 503",
            $"{over.RefusedWithTime} with Retry-After, {over.Waits.DefaultIfEmpty().Min()} to {over.Waits.DefaultIfEmpty().Max()} s",
            $"each", over.Refused > 0 && over.RefusedWithTime == over.Refused);
        LimitTable.Write($"how soon", $"median {over.RefusalLatency(0.5):F1} ms, p99 {over.RefusalLatency(0.99):F1} ms");
        table.Write($"errors among them", $"{over.Errors.Count}", $"0", over.Errors.Count == 0);

        long late = server.TakePeak();
        table.Write(
            $"the server's memory with {Clients} clients, at most afterwards",
            $"{Report.Mebibytes(early)}, {Report.Mebibytes(late)}", $"1.1 times", late <= 1.1 * early);
        foreach (string error in single.Errors.Concat(usual.Errors).Concat(over.Errors).Concat(server.Errors).Distinct().Take(5))
        {
            Table.Note($"{error}");
        }

        return table.AllHeld ? 0 : 1;
    }

    /// <summary>How the processor time is shared between client and server while loads run.</summary>
    private sealed class Shares(ServerProcess server) : IDisposable
    {
        private readonly Process _self = Process.GetCurrentProcess();
        private TimeSpan _clientStart;
        private TimeSpan _serverStart;
        private TimeSpan _client;
        private TimeSpan _server;

        public double Server => _server.TotalMilliseconds;

        public double Client => _client / (_client + _server);

        public void Start() => (_clientStart, _serverStart) = (Own(), server.ProcessorTime);

        public void Stop()
        {
            _client += Own() - _clientStart;
            _server += server.ProcessorTime - _serverStart;
        }

        public void Dispose() => _self.Dispose();

        private TimeSpan Own()
        {
            _self.Refresh();
            return _self.TotalProcessorTime;
        }
    }
}
