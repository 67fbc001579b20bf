using System.Collections.Immutable;
using SsMfar.Inference;
using SsMfar.Metadata;

namespace SsMfar.Tests.Inference;

/// <summary>The fake network with a gate: each run waits to be let through.</summary>
internal sealed class GatedNetwork : IAffectNetwork
{
    public static readonly TimeSpan Patience = TimeSpan.FromMinutes(2);

    private readonly FakeNetwork _inner = new();
    private readonly SemaphoreSlim _gate = new(0);
    private int _inside;
    private int _mostInside;

    public ModelMetadata Metadata => _inner.Metadata;

    public ImmutableArray<string> Tasks => _inner.Tasks;

    public int PreferredBatchSize => _inner.PreferredBatchSize;

    /// <summary>The sizes of the batches that went through, in order.</summary>
    public IReadOnlyList<int> Batches => _inner.Batches;

    public int Disposals => _inner.Disposals;

    /// <summary>Gets how many runs are in it.</summary>
    public int Inside => Volatile.Read(ref _inside);

    /// <summary>Gets the most runs that were in it at once.</summary>
    public int MostInside => _mostInside;

    /// <summary>Gets or sets what is done to the outputs of a run, given its pixels.</summary>
    public Action<ReadOnlyMemory<byte>, float[][]> OnOutputs { get; set; } = (_, _) => { };

    /// <summary>Lets runs through, those that are in it and those to come.</summary>
    public void Open(int runs = 10_000) => _gate.Release(runs);

    /// <summary>Lets no further runs through.</summary>
    public void Close()
    {
        while (_gate.Wait(0))
        {
        }
    }

    public float[][] Run(ReadOnlyMemory<byte> pixels, int count)
    {
        int inside = Interlocked.Increment(ref _inside);
        for (int most = _mostInside; inside > most; most = _mostInside)
        {
            Interlocked.CompareExchange(ref _mostInside, inside, most);
        }

        try
        {
            _gate.Wait(Patience).Should().BeTrue();
            float[][] outputs = _inner.Run(pixels, count);
            OnOutputs(pixels, outputs);
            return outputs;
        }
        finally
        {
            Interlocked.Decrement(ref _inside);
        }
    }

    public void Dispose() => _inner.Dispose();

    /// <summary>Waits until something holds, which it does sooner or later.</summary>
    public static async Task UntilAsync(Func<bool> holds)
    {
        using CancellationTokenSource never = new(Patience);
        while (!holds())
        {
            await Task.Delay(2, never.Token);
        }
    }
}
