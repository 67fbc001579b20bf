using TorchSharp;

namespace SsMfar.Distributed;

/// <summary>
/// The processes, or threads, that train one model together, as one of them sees it. Every rank calls the same members in the same order,
/// with tensors of the same shape and type; each call returns when its own part is done, and waits for the others where it has to. A call
/// that cannot be finished, since another rank failed or did not come in time, throws <see cref="ProcessGroupException"/>. Not for several
/// threads of a rank at once.
/// </summary>
public interface IProcessGroup : IDisposable
{
    /// <summary>Gets which of the ranks this is, from 0. Rank 0 alone writes files and reports.</summary>
    int Rank { get; }

    /// <summary>Gets the number of ranks, at least 1.</summary>
    int Size { get; }

    /// <summary>Puts the sum over all ranks in the tensor's place, the same bits on every rank.</summary>
    /// <param name="tensor">float32, float64 or int64, contiguous, without gradient, of the same shape on every rank.</param>
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
    /// <param name="cause">What happened here, in a sentence.</param>
    void Abort(string cause);
}
