using System.Collections.Concurrent;
using System.Diagnostics;
using System.Net;
using System.Net.Sockets;

namespace SsMfar.Benchmarks.Serving;

/// <summary>Clients that send pictures whose answers are known.</summary>
internal sealed class Load(IPEndPoint server, IReadOnlyList<byte[]> requests, IReadOnlyList<string> answers)
{
    /// <summary>Learns the answers from the server, an idle one.</summary>
    public static async Task<Load> PrepareAsync(IPEndPoint server, IReadOnlyList<byte[]> pictures)
    {
        byte[][] requests = [.. pictures.Select(picture => WireRequest.Post(picture, headers: "Content-Type: image/jpeg\r\n"))];
        List<string> answers = [];
        using WireConnection connection = await WireConnection.OpenAsync(server).ConfigureAwait(false);
        foreach (byte[] request in requests)
        {
            WireReply reply = await connection.AskAsync(request).ConfigureAwait(false);
            answers.Add(reply.Status == 200 ? reply.Body
                : throw new InvalidOperationException($"The server answers a picture with {reply.Status}: {reply.Body}"));
        }

        return new(server, requests, answers);
    }

    /// <summary>Gets a request and its answer.</summary>
    public (byte[] Request, string Answer) First => (requests[0], answers[0]);

    /// <summary>
    /// Clients each of which sends its next request once it has the answer, or when the server said that it may come again.
    /// </summary>
    public async Task<LoadResult> ClosedAsync(int clients, TimeSpan time, int atLeast = 0)
    {
        LoadResult result = new();
        long start = Stopwatch.GetTimestamp();
        using CancellationTokenSource end = new(time);
        await Task.WhenAll(Enumerable.Range(0, clients).Select(client => Task.Run(() => ClientAsync(client, result, atLeast, end.Token))))
            .ConfigureAwait(false);
        result.Seconds = Stopwatch.GetElapsedTime(start).TotalSeconds;
        return result;
    }

    /// <summary>
    /// Requests at moments that are drawn beforehand (a Poisson process) and do not wait for the server. A request's time counts from the
    /// moment it was due, so that what a slow server delays is not missing from its times.
    /// </summary>
    public async Task<LoadResult> OpenAsync(double requestsASecond, TimeSpan time, int seed)
    {
        LoadResult result = new();
        ConcurrentStack<WireConnection> idle = [];
        List<Task> sent = [];
        Random random = new(seed);
        Stopwatch watch = Stopwatch.StartNew();
        double due = 0;
        for (int number = 0; ; number++)
        {
            due -= Math.Log(1 - random.NextDouble()) / requestsASecond;
            if (due > time.TotalSeconds)
            {
                break;
            }

            // A thread sleeps for whole milliseconds, and one that spun would take a processor from the server.
            while (1000 * (due - watch.Elapsed.TotalSeconds) is > 0.5 and double left)
            {
                Thread.Sleep(Math.Max(1, (int)left));
            }

            (double moment, int which) = (due, number % requests.Count);
            sent.Add(Task.Run(() => SendAsync(idle, which, watch, moment, result)));
        }

        await Task.WhenAll(sent).ConfigureAwait(false);
        result.Seconds = watch.Elapsed.TotalSeconds;
        foreach (WireConnection connection in idle)
        {
            connection.Dispose();
        }

        return result;
    }

    private async Task ClientAsync(int client, LoadResult result, int atLeast, CancellationToken end)
    {
        WireConnection? connection = null;
        for (int number = client; !end.IsCancellationRequested || number - client < atLeast; number++)
        {
            int which = number % requests.Count;
            try
            {
                connection ??= await WireConnection.OpenAsync(server, CancellationToken.None).ConfigureAwait(false);
                long start = Stopwatch.GetTimestamp();
                WireReply reply = await connection.AskAsync(requests[which], CancellationToken.None).ConfigureAwait(false);
                result.Add(reply, answers[which], Stopwatch.GetElapsedTime(start).TotalMilliseconds);
                if (reply.RetryAfter is { } seconds)
                {
                    await Task.Delay(TimeSpan.FromSeconds(seconds), end).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
                }
            }
            catch (Exception broken) when (broken is SocketException or IOException)
            {
                result.AddError(broken);
                connection?.Dispose();
                connection = null;
            }
        }

        connection?.Dispose();
    }

    private async Task SendAsync(ConcurrentStack<WireConnection> idle, int which, Stopwatch watch, double due, LoadResult result)
    {
        WireConnection? connection = null;
        try
        {
            connection = idle.TryPop(out WireConnection? kept) ? kept : await WireConnection.OpenAsync(server).ConfigureAwait(false);
            WireReply reply = await connection.AskAsync(requests[which]).ConfigureAwait(false);
            result.Add(reply, answers[which], 1000 * (watch.Elapsed.TotalSeconds - due));
            if (connection.IsOpen)
            {
                idle.Push(connection);
                return;
            }
        }
        catch (Exception broken) when (broken is SocketException or IOException)
        {
            result.AddError(broken);
        }

        connection?.Dispose();
    }
}
