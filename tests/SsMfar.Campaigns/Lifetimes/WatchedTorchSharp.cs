using dnlib.DotNet;
using dnlib.DotNet.Emit;

namespace SsMfar.Campaigns.Lifetimes;

/// <summary>
/// Changes TorchSharp's tensors: each keeps where it was made or left its scope, and its finalizer tells that place to
/// <see cref="TensorWatch"/> and frees nothing, so that a process that would die of it goes on.
/// </summary>
internal static class WatchedTorchSharp
{
    /// <summary>Changes an assembly.</summary>
    /// <param name="file">TorchSharp; it is replaced.</param>
    /// <exception cref="InvalidOperationException">It is another version, whose tensors have other members.</exception>
    public static void Make(string file)
    {
        using ModuleDefMD module = ModuleDefMD.Load(File.ReadAllBytes(file));
        TypeDef tensor = module.Find("TorchSharp.torch/Tensor", isReflectionName: false)
            ?? throw new InvalidOperationException($"{file} has no tensor.");
        FieldDefUser place = new("watchedPlace", new FieldSig(module.CorLibTypes.Object), FieldAttributes.Private);
        tensor.Fields.Add(place);
        MethodDef scope = Method(tensor, "get_OwningDisposeScope", 0), setScope = Method(tensor, "set_OwningDisposeScope", 1);

        AtReturns(
            Method(tensor, ".ctor", 2),
            () => [OpCodes.Ldarg_0.ToInstruction(), OpCodes.Ldarg_0.ToInstruction(), OpCodes.Call.ToInstruction(scope),
                Watch(nameof(TensorWatch.Placed)), OpCodes.Stfld.ToInstruction(place)]);
        AtReturns(
            setScope,
            () => [OpCodes.Ldarg_0.ToInstruction(), OpCodes.Ldarg_1.ToInstruction(), Watch(nameof(TensorWatch.Placed)),
                OpCodes.Stfld.ToInstruction(place)]);

        FieldDef handle = tensor.FindField("handle") ?? throw new InvalidOperationException($"{file}: a tensor has no handle.");
        MethodDef finalizer = Method(tensor, "Finalize", 0);
        finalizer.Body = new CilBody
        {
            Instructions =
            {
                OpCodes.Ldarg_0.ToInstruction(), OpCodes.Ldfld.ToInstruction(place),
                OpCodes.Ldarg_0.ToInstruction(), OpCodes.Ldfld.ToInstruction(handle),
                Watch(nameof(TensorWatch.Left)), OpCodes.Ret.ToInstruction(),
            },
        };
        module.Write(file);

        Instruction Watch(string name) => OpCodes.Call.ToInstruction(module.Import(typeof(TensorWatch).GetMethod(name)));
    }

    private static MethodDef Method(TypeDef type, string name, int parameters) =>
        type.Methods.SingleOrDefault(method => method.Name == name && method.MethodSig.Params.Count == parameters && !method.IsStatic)
            ?? throw new InvalidOperationException($"{type.FullName} has not one method {name} of {parameters} parameters.");

    private static void AtReturns(MethodDef method, Func<Instruction[]> added)
    {
        CilBody body = method.Body;
        body.SimplifyBranches();
        foreach (Instruction leave in body.Instructions.Where(instruction => instruction.OpCode == OpCodes.Ret).ToArray())
        {
            // What jumped to the return now runs what is added before it.
            Instruction[] more = [.. added(), OpCodes.Ret.ToInstruction()];
            (leave.OpCode, leave.Operand) = (more[0].OpCode, more[0].Operand);
            int at = body.Instructions.IndexOf(leave);
            foreach (Instruction instruction in more[1..])
            {
                body.Instructions.Insert(++at, instruction);
            }
        }
    }
}
