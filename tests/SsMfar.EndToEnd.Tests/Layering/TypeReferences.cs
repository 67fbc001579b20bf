using System.Reflection;
using System.Reflection.Emit;

namespace SsMfar.Tests.Layering;

/// <summary>
/// Which types a type knows: in its declaration, its members' signatures and the code of their bodies, nested types included.
/// </summary>
internal static class TypeReferences
{
    private const BindingFlags Declared =
        BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.Instance | BindingFlags.Static | BindingFlags.DeclaredOnly;

    /// <summary>The types of an assembly that its authors wrote, none of them nested.</summary>
    public static IEnumerable<Type> Written(Assembly assembly) =>
        assembly.GetTypes().Where(
            type => !type.IsNested && !type.Name.StartsWith('<') && type.Namespace?.StartsWith("SsMfar", StringComparison.Ordinal) == true);

    /// <summary>The types, none of them nested, that <paramref name="type"/> knows; itself excepted.</summary>
    public static HashSet<Type> Of(Type type)
    {
        var found = new HashSet<Type>();
        Visit(type, found);
        found.Remove(type);
        return found;
    }

    private static void Visit(Type type, HashSet<Type> found)
    {
        Add(type.BaseType, found);
        AddAll(type.GetInterfaces(), found);
        AddAll(type.GetGenericArguments().SelectMany(argument => argument.GetGenericParameterConstraints()), found);
        AddAll(type.GetFields(Declared).Select(field => field.FieldType), found);
        AddAll(type.GetProperties(Declared).Select(property => property.PropertyType), found);
        foreach (MethodBase method in type.GetMethods(Declared).Cast<MethodBase>().Concat(type.GetConstructors(Declared)))
        {
            AddSignature(method, found);
            AddBody(method, found);
        }

        foreach (Type nested in type.GetNestedTypes(Declared))
        {
            Visit(nested, found);
        }
    }

    private static void AddSignature(MethodBase method, HashSet<Type> found)
    {
        AddAll(method.GetParameters().Select(parameter => parameter.ParameterType), found);
        Add((method as MethodInfo)?.ReturnType, found);
        AddAll(method.IsGenericMethodDefinition ?
            method.GetGenericArguments().SelectMany(argument => argument.GetGenericParameterConstraints()) :
            [], found);
    }

    /// <summary>The members that a method's code names: types, fields and methods.</summary>
    public static IEnumerable<MemberInfo> Members(MethodBase method)
    {
        if (method.GetMethodBody()?.GetILAsByteArray() is not { } code)
        {
            yield break;
        }

        Type[]? ofType = method.DeclaringType!.IsGenericType ? method.DeclaringType.GetGenericArguments() : null;
        Type[]? ofMethod = method.IsGenericMethod ? method.GetGenericArguments() : null;
        foreach (int token in Tokens(code))
        {
            if (method.Module.ResolveMember(token, ofType, ofMethod) is { } member)
            {
                yield return member;
            }
        }
    }

    private static void AddBody(MethodBase method, HashSet<Type> found)
    {
        if (method.GetMethodBody() is not { } body)
        {
            return;
        }

        AddAll(body.LocalVariables.Select(local => local.LocalType), found);
        AddAll(body.ExceptionHandlingClauses.Where(clause => clause.Flags == ExceptionHandlingClauseOptions.Clause)
            .Select(clause => clause.CatchType!), found);
        foreach (MemberInfo member in Members(method))
        {
            switch (member)
            {
                case Type type:
                    Add(type, found);
                    break;
                case FieldInfo field:
                    Add(field.DeclaringType, found);
                    Add(field.FieldType, found);
                    break;
                case MethodBase called:
                    Add(called.DeclaringType, found);
                    AddSignature(called, found);
                    AddAll(called.IsGenericMethod ? called.GetGenericArguments() : [], found);
                    break;
            }
        }
    }

    // The metadata tokens of members in a method's code.
    private static IEnumerable<int> Tokens(byte[] code) => Instructions.Of(code)
        .Where(instruction => instruction.Operation.OperandType
            is OperandType.InlineField or OperandType.InlineMethod or OperandType.InlineTok or OperandType.InlineType)
        .Select(instruction => BitConverter.ToInt32(code, instruction.Operand));

    private static void AddAll(IEnumerable<Type> types, HashSet<Type> found)
    {
        foreach (Type type in types)
        {
            Add(type, found);
        }
    }

    private static void Add(Type? type, HashSet<Type> found)
    {
        while (type is { HasElementType: true })
        {
            type = type.GetElementType();
        }

        if (type is null || type.IsGenericParameter || type.IsFunctionPointer)
        {
            return;
        }

        if (type is { IsGenericType: true, IsGenericTypeDefinition: false })
        {
            AddAll(type.GetGenericArguments(), found);
            type = type.GetGenericTypeDefinition();
        }

        // A nested type counts as the type it lies in, but for TorchSharp, which nests everything in `torch`.
        while (type.DeclaringType is { } outer && !Names(type).StartsWith("TorchSharp.", StringComparison.Ordinal))
        {
            type = outer;
        }

        found.Add(type);
    }

    private static string Names(Type type) => type.FullName ?? type.Name;
}
