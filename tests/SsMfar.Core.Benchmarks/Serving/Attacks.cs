using System.Net;
using System.Net.Sockets;
using System.Text;

namespace SsMfar.Benchmarks.Serving;

/// <summary>What hostile, broken and too many clients do.</summary>
/// <param name="server">Where they do it.</param>
/// <param name="connections">How many do it at once, where connections are what it takes.</param>
/// <param name="picture">A picture that the server reads.</param>
internal sealed class Attacks(IPEndPoint server, int connections, byte[] picture)
{
    private const int Few = 8;

    private static readonly TimeSpan Second = TimeSpan.FromSeconds(1);

    public IEnumerable<Attack> All() =>
    [
        new("connections that say nothing", false, (tally, stop) => HoldAsync([], null, tally, stop)),
        new("headers a byte a second", false, (tally, stop) =>
            HoldAsync("POST /predict HTTP/1.1\r\nHost: localhost\r\nX-Slow: "u8.ToArray(), (byte)'a', tally, stop)),
        new("bodies a byte a second", false, (tally, stop) => HoldAsync(
            [.. WireRequest.Head("/predict", 100_000), .. picture[..100]], 0, tally, stop)),
        new("bodies that stop", false, (tally, stop) => HoldAsync(
            [.. WireRequest.Head("/predict", picture.Length), .. picture[..^1]], null, tally, stop)),
        new("bodies of more than 10 MB", true, (tally, stop) => RepeatAsync(Oversize.Requests(picture), tally, stop)),
        new("decompression bombs", true, (tally, stop) => RepeatAsync(Bombs.Requests(), tally, stop)),
        new("wrong content", true, (tally, stop) => RepeatAsync(WrongContent.Requests(picture), tally, stop)),
        new("half-closed and reset connections", true, (tally, stop) => ManyAsync(Few, BreakOffAsync, tally, stop)),
        new("a picture each at the same time", true, (tally, stop) => ManyAsync(connections, AskAsync, tally, stop)),
    ];

    // Opens connections and keeps them, with a byte a second each; what the server closes is opened again.
    private Task HoldAsync(byte[] start, byte? more, Tally tally, CancellationToken stop) => ManyAsync(connections, async (_, inner, end) =>
    {
        using WireConnection connection = await OpenAsync(inner, end).ConfigureAwait(false);
        await connection.SendAsync(start, end).ConfigureAwait(false);
        Task<WireReply> reply = connection.ReadAsync(end);
        while (more is { } next && await Task.WhenAny(reply, Task.Delay(Second, end)).ConfigureAwait(false) != reply)
        {
            end.ThrowIfCancellationRequested();
            await connection.SendAsync(new[] { next }, end).ConfigureAwait(false);
        }

        inner.Count(await reply.ConfigureAwait(false));
    }, tally, stop);

    private Task RepeatAsync(IReadOnlyList<byte[]> requests, Tally tally, CancellationToken stop) => ManyAsync(
        Few,
        async (number, inner, end) =>
        {
            using WireConnection connection = await OpenAsync(inner, end).ConfigureAwait(false);

            // Read while it is sent: a server may refuse, and stop reading, before it has all.
            Task<WireReply> reply = connection.ReadAsync(end);
            Task sending = connection.SendAsync(requests[number % requests.Count], end);
            inner.Count(await reply.ConfigureAwait(false));
            await sending.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        },
        tally,
        stop);

    private async Task BreakOffAsync(int number, Tally tally, CancellationToken stop)
    {
        using WireConnection connection = await OpenAsync(tally, stop).ConfigureAwait(false);
        byte[] whole = WireRequest.Post(picture);
        await connection.SendAsync((number & 1) == 0 ? whole : whole.AsMemory(0, whole.Length / 2), stop).ConfigureAwait(false);
        if ((number & 2) == 0)
        {
            connection.Reset();
            tally.Count("reset by us");
            return;
        }

        connection.Socket.Shutdown(SocketShutdown.Send);
        tally.Count(await connection.ReadAsync(stop).ConfigureAwait(false));
    }

    private async Task AskAsync(int number, Tally tally, CancellationToken stop)
    {
        using WireConnection connection = await OpenAsync(tally, stop).ConfigureAwait(false);
        WireReply reply = await connection.AskAsync(WireRequest.Post(picture), stop).ConfigureAwait(false);
        tally.Count(reply);
        await Task.Delay(TimeSpan.FromSeconds(reply.RetryAfter ?? 0), stop).ConfigureAwait(false);
    }

    private async Task<WireConnection> OpenAsync(Tally tally, CancellationToken stop)
    {
        WireConnection connection = await WireConnection.OpenAsync(server, stop).ConfigureAwait(false);
        tally.Connected();
        return connection;
    }

    // Each starts anew as soon as it is through, until all end.
    private static Task ManyAsync(int count, Func<int, Tally, CancellationToken, Task> once, Tally tally, CancellationToken stop)
    {
        int number = -1;
        return Task.WhenAll(Enumerable.Range(0, count).Select(_ => Task.Run(
            async () =>
            {
                while (!stop.IsCancellationRequested)
                {
                    try
                    {
                        await once(Interlocked.Increment(ref number), tally, stop).ConfigureAwait(false);
                    }
                    catch (Exception closed) when (closed is SocketException or IOException)
                    {
                        tally.Count("closed by the server");
                    }
                    catch (OperationCanceledException)
                    {
                        return;
                    }
                }
            },
            CancellationToken.None)));
    }
}
