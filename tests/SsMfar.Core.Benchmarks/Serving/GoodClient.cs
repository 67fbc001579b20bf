using System.Net;
using System.Net.Sockets;
using System.Diagnostics;

namespace SsMfar.Benchmarks.Serving;

/// <summary>
/// A client that sends a picture, waits for the answer, rests a little and goes on: over one connection that it keeps, and every other time
/// over a new one. Where the server is busy it comes again when it was told to.
/// </summary>
internal sealed class GoodClient(IPEndPoint server, byte[] request, string answer)
{
    private static readonly TimeSpan Rest = TimeSpan.FromMilliseconds(20);

    public int Right { get; private set; }

    public int Busy { get; private set; }

    public List<string> Wrong { get; } = [];

    public double SlowestMilliseconds { get; private set; }

    /// <summary>Sends until told to stop, and then until it was served once.</summary>
    public async Task RunAsync(CancellationToken stop)
    {
        WireConnection? kept = null;
        for (int number = 0; !stop.IsCancellationRequested || Right == 0; number++)
        {
            WireConnection? fresh = null;
            long start = Stopwatch.GetTimestamp();
            try
            {
                WireConnection connection = (number & 1) == 0
                    ? kept ??= await WireConnection.OpenAsync(server, CancellationToken.None).ConfigureAwait(false)
                    : fresh = await WireConnection.OpenAsync(server, CancellationToken.None).ConfigureAwait(false);
                WireReply reply = await connection.AskAsync(request, CancellationToken.None).ConfigureAwait(false);
                if (reply.Status == 503 && reply.RetryAfter is { } seconds)
                {
                    Busy++;
                    await Task.Delay(TimeSpan.FromSeconds(seconds), CancellationToken.None).ConfigureAwait(false);
                    continue;
                }

                if (reply.Status == 200 && Answers.Agree(reply.Body, answer))
                {
                    Right++;
                    SlowestMilliseconds = Math.Max(SlowestMilliseconds, Stopwatch.GetElapsedTime(start).TotalMilliseconds);
                }
                else
                {
                    Wrong.Add($"{reply.Status}: {reply.Body}");
                }
            }
            catch (Exception broken) when (broken is SocketException or IOException)
            {
                Wrong.Add($"{broken.GetType().Name}: {broken.Message}");
                kept?.Dispose();
                kept = null;
            }
            finally
            {
                fresh?.Dispose();
            }

            if (Wrong.Count > 100)
            {
                break;
            }

            await Task.Delay(Rest, CancellationToken.None).ConfigureAwait(false);
        }

        kept?.Dispose();
    }
}
