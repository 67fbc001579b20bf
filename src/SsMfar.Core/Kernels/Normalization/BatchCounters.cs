using System.Collections.Immutable;
using System.Runtime.CompilerServices;
using SsMfar.Runtime;
using TorchSharp;
using TorchSharp.Modules;

namespace SsMfar.Kernels.Normalization;

/// <summary>
/// The counters (<c>num_batches_tracked</c>) of TorchSharp's own batch norms, as custom parts have them. TorchSharp adds 1 to each in a
/// training pass by a temporary number, which the garbage collector may free while native code still reads it: the pass then throws, or
/// worse. While set aside there is nothing to add to; counted they are all the same.
/// </summary>
internal sealed class BatchCounters
{
    private readonly ImmutableArray<BatchNorm> _norms;

    /// <param name="modules">The modules whose norms are called by TorchSharp's <c>forward</c>.</param>
    public BatchCounters(IEnumerable<torch.nn.Module> modules) =>
        _norms = [.. modules.SelectMany(module => module.modules().Prepend(module)).OfType<BatchNorm>().Distinct()];

    /// <summary>Sets them aside until disposed, for a single pass; those of norms in evaluation, or that average by them, stay.</summary>
    /// <returns>Null where there is none.</returns>
    public Aside? SetAside()
    {
        BatchNorm[] counting = [.. _norms.Where(norm => norm is { training: true, momentum: not null, num_batches_tracked: not null })];
        return counting.Length > 0 ? new(counting) : null;
    }

    // The property would free the tensor, which buffers and moving averages go on holding.
    [UnsafeAccessor(UnsafeAccessorKind.Field, Name = "_num_batches_tracked")]
    private static extern ref torch.Tensor? Counter(NormBase norm);

    /// <summary>Counters that were set aside.</summary>
    public sealed class Aside : IDisposable
    {
        private readonly (BatchNorm Norm, torch.Tensor Counter)[] _counters;

        /// <param name="norms">Norms with a counter.</param>
        public Aside(BatchNorm[] norms)
        {
            _counters = [.. norms.Select(norm => (norm, norm.num_batches_tracked!))];
            foreach (BatchNorm norm in norms)
            {
                Counter(norm) = null;
            }
        }

        /// <summary>Puts them back, a pass later.</summary>
        public void Dispose()
        {
            foreach ((BatchNorm norm, torch.Tensor counter) in _counters)
            {
                Counter(norm) = counter.PlusInPlace(1);
            }
        }
    }
}
