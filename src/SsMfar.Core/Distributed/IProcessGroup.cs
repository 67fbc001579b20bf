using TorchSharp;

namespace SsMfar.Distributed;

/// <summary>
/// The processes, or threads, that train one model together, as one of them sees it. Every rank calls the same members in the same order,
/// with tensors of the same shape and type; each call returns when its own part is done, and waits for the others where it has to. A call
/// that cannot be finished, since another rank failed or did not come in time, throws <see cref="ProcessGroupException"/>. Not for several
/// threads of a rank at once, of which each needs a channel of its own (<see cref="OpenChannel"/>).
/// </summary>
public interface IProcessGroup : IDisposable
{
    /// <summary>Gets which of the ranks this is, from 0. Rank 0 alone writes files and reports.</summary>
    int Rank { get; }

    /// <summary>Gets the number of ranks, at least 1.</summary>
    int Size { get; }

    /// <summary>
    /// Puts the sum over all ranks in the tensor's place, the same bits on every rank. bfloat16 is added up in float32 and rounded once, at
    /// the end.
    /// </summary>
    /// <param name="tensor">
    /// float32, float64, bfloat16 or int64, contiguous, without gradient, of the same shape on every rank.
    /// </param>
    void AllReduce(torch.Tensor tensor);

    /// <summary>Gives every rank what each of them has, bit for bit.</summary>
    /// <param name="tensor">Of any type, contiguous, without gradient, of the same shape on every rank.</param>
    /// <param name="gathered">Of the same type, contiguous, [<see cref="Size"/>, ...]: receives rank r's at place r.</param>
    void AllGather(torch.Tensor tensor, torch.Tensor gathered);

    /// <summary>Gives every rank what one of them has, bit for bit.</summary>
    /// <param name="tensor">Of any type, contiguous, without gradient; of the root it is read, of the others written.</param>
    /// <param name="root">Whose it is.</param>
    void Broadcast(torch.Tensor tensor, int root);

    /// <summary>Waits until every rank has come here.</summary>
    void Barrier();

    /// <summary>
    /// Ends the work of all ranks, since this one cannot go on: of threads every call of the others throws, processes are ended.
    /// </summary>
    /// <param name="cause">What happened here.</param>
    void Abort(Exception cause);

    /// <summary>
    /// Opens another way between the same ranks, for one other thread of this rank: what goes through it has an order of its own, beside
    /// the calls here. Every rank opens it at the same place of its calls. It ends with this group.
    /// </summary>
    /// <param name="isAwaited">
    /// Says, while a call of the channel waits for other ranks, whether this rank has nothing else to do: until then the wait leaves the
    /// processor to its other threads. Called by the channel's thread.
    /// </param>
    /// <returns>The channel; null where there is none, as it is unless implemented: sums are then taken after the backward pass.</returns>
    IProcessGroup? OpenChannel(Func<bool> isAwaited) => null;
}
