using System.Collections.Concurrent;

namespace SsMfar.Benchmarks.Serving;

/// <summary>What came of a number of requests. Safe for many threads.</summary>
internal sealed class LoadResult
{
    private readonly ConcurrentBag<double> _answered = [];
    private readonly ConcurrentBag<double> _refused = [];
    private readonly ConcurrentBag<int> _waits = [];
    private readonly ConcurrentBag<string> _errors = [];

    public double Seconds { get; set; }

    public int Answered => _answered.Count;

    public int Refused => _refused.Count;

    /// <summary>Gets the refusals that said when to come again.</summary>
    public int RefusedWithTime => _waits.Count;

    public IReadOnlyCollection<int> Waits => _waits;

    /// <summary>Gets everything that was neither an answer that was right nor a refusal.</summary>
    public IReadOnlyCollection<string> Errors => _errors;

    public double Throughput => Answered / Seconds;

    /// <summary>Milliseconds that a share of the answers took at most.</summary>
    public double Latency(double share) => At(_answered, share);

    /// <summary>Milliseconds that a share of the refusals took at most.</summary>
    public double RefusalLatency(double share) => At(_refused, share);

    public void Add(WireReply reply, string expected, double milliseconds)
    {
        if (reply.Status == 200 && Answers.Agree(reply.Body, expected))
        {
            _answered.Add(milliseconds);
        }
        else if (reply.Status == 503)
        {
            _refused.Add(milliseconds);
            if (reply.RetryAfter is { } seconds)
            {
                _waits.Add(seconds);
            }
        }
        else
        {
            _errors.Add(reply.Status == 200 ? $"another answer: {reply.Body}" : $"{reply.Status}: {reply.Body}");
        }
    }

    public void AddError(Exception error) => _errors.Add($"{error.GetType().Name}: {error.Message}");

    private static double At(ConcurrentBag<double> times, double share)
    {
        double[] sorted = [.. times.Order()];
        return sorted.Length == 0 ? double.NaN : sorted[Math.Max(0, (int)Math.Ceiling(share * sorted.Length) - 1)];
    }
}
